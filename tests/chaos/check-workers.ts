import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../helpers/processes.ts';
import { readMetrics } from '../helpers/read-metrics.ts';
import { type ChaosServer, workerFoldersIn } from './chaos-server.ts';
import { DEVICES } from './worker-modes.ts';

/** For what the operating system does when the jobs have ended. */
export const PATIENCE_MS = 20_000;

export type ServerWithWorkers = Pick<ChaosServer, 'url' | 'dataDir' | 'mode' | 'workerPids'>;

/**
 * What must hold of a server without jobs: the only worker processes are those that it knows of and lets wait, each in
 * an empty folder of its own.
 */
export async function checkWorkers(server: ServerWithWorkers, patienceMs: number = PATIENCE_MS): Promise<void> {
  const mayWait = server.mode.mayWait * DEVICES;
  const count = () => server.workerPids().length;
  await until(`no more than ${mayWait} workers are left`, () => count() <= mayWait, patienceMs);
  const isKnown = async () => count() === (await knownWorkers(server.url));
  await until('the workers are those that the server knows of', isKnown, patienceMs);
  const folders = () => workerFoldersIn(server.dataDir);
  const ownFolders = mayWait > 0;
  await until('each worker has one folder', () => folders().length === (ownFolders ? count() : 0), patienceMs);
  for (const name of folders()) {
    const content = readdirSync(join(server.dataDir, 'workers', name), { recursive: true });
    assert.deepEqual(content, ['temp'], 'a worker that waits has files');
  }
}

async function knownWorkers(url: string): Promise<number> {
  const metrics = readMetrics(await (await fetch(`${url}/metrics`)).text());
  const samples = metrics.get('hy3d_worker_processes')?.samples;
  assert.ok(samples !== undefined, 'the server does not tell of its workers');
  return samples.reduce((sum, { value }) => sum + value, 0);
}
