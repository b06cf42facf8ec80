import { expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createTestJobService, jobInput, waitForEnd } from '../helpers/create-test-job-service.ts';
import { isRunning, until } from '../helpers/processes.ts';

// Real processes on a machine that may be busy with other things.
setDefaultTimeout(60_000);

const SERVER = resolve(import.meta.dir, '../fixtures/workers/job-server.ts');

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

test('a server killed with jobs running leaves no worker, and the next one cleans up after it', async () => {
  const server = Bun.spawn([process.execPath, SERVER, 'hang', 'ignore-sigterm', 'until-released'], { stdout: 'pipe' });
  const { dataDir, modelsDir, pids } = JSON.parse(await firstLine(server.stdout));
  try {
    expect(pids).toHaveLength(3);
    expect(pids.every(isRunning)).toBe(true);
    expect(() => createTestJobService({ config: { dataDir } })).toThrow(/another server/);

    server.kill('SIGKILL');
    await server.exited;
    await until('the workers have noticed', () => !pids.some(isRunning));
    const left = readdirSync(join(dataDir, 'jobs'));
    expect(left).toHaveLength(4);

    await using next = createTestJobService({ config: { dataDir } });
    const { id } = await next.jobs.create(jobInput('ok'));
    expect((await waitForEnd(next.jobs, id)).state).toBe('completed');
    await next.jobs.shutdown(0);
    expect(readdirSync(join(dataDir, 'jobs'))).toEqual([id]);
    expect(left.some((name) => existsSync(join(dataDir, 'jobs', name)))).toBe(false);
  } finally {
    server.kill('SIGKILL');
    for (const folder of [dataDir, modelsDir]) rmSync(folder, { recursive: true, force: true });
  }
});

test('a server killed with workers that wait leaves none of them either', async () => {
  const command = [process.execPath, SERVER, '--worker', 'several-jobs', '--standby', '2', 'until-released'];
  const server = Bun.spawn(command, { stdout: 'pipe' });
  const { dataDir, modelsDir, pids } = JSON.parse(await firstLine(server.stdout));
  try {
    expect(pids.filter(isRunning)).toHaveLength(2);
    server.kill('SIGKILL');
    await server.exited;
    await until('the waiting worker has noticed', () => pids.filter(isRunning).length === 1);
    writeFileSync(join(modelsDir, 'release'), '');
    await until('the busy one has, too', () => !pids.some(isRunning));

    await using next = createTestJobService({ config: { dataDir } });
    expect(existsSync(join(dataDir, 'workers'))).toBe(false);
    await next.jobs.shutdown(0);
  } finally {
    server.kill('SIGKILL');
    for (const folder of [dataDir, modelsDir]) rmSync(folder, { recursive: true, force: true });
  }
});
