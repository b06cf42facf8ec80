import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { modelOf } from '../../chaos/behaviours.ts';
import { Ledger } from '../../chaos/ledger.ts';
import type { Status } from '../../helpers/api-client.ts';
import { statusOf, ToldServer } from './told-server.ts';

const ID = '5d0e6f0a-7f0c-4f57-9a53-0d6a6b0a1c11';
const OTHER = '8e1f7a1b-8a1d-4a68-8b64-1e7b7c1b2d22';
const FAILED = '9f2a8b2c-9b2e-4b79-9c75-2f8c8d2c3e33';
const FOREIGN = 'af3b9c3d-ac3f-4c8a-8d86-3a9d9e3d4f44';
const MODEL = `/files/${ID}/chaos.glb`;
/** For things that do not come. */
const PATIENCE_MS = 30;

/** A server that did everything right, and a ledger that knows its jobs. */
function createWorld(): { server: ToldServer; ledger: Ledger } {
  const server = new ToldServer();
  const ledger = new Ledger(server, PATIENCE_MS);
  for (const id of [ID, OTHER]) server.complete(id);
  server.jobs.push(statusOf(FAILED, { status: 'failed', error_code: 'worker.exited' }));
  for (const id of [ID, OTHER, FAILED]) ledger.accept(id);
  return { server, ledger };
}

const jobOf = (server: ToldServer, id: string) => server.jobs.find((job) => job.job_id === id)!;

test('a server that does everything right passes', async () => {
  const { server, ledger } = createWorld();
  using _ = server;
  expect(await ledger.check()).toHaveLength(3);
  expect(await ledger.check()).toHaveLength(3);
});

const FAULTS: Array<[name: string, make: (server: ToldServer) => void, complaint: RegExp]> = [
  ['a lost job', (server) => void server.jobs.pop(), /list of jobs is not what was posted/],
  ['a job told twice', (server) => void server.jobs.push(jobOf(server, ID)), /list of jobs is not what was posted/],
  ['a job that nobody posted', (server) => void server.complete(FOREIGN), /list of jobs is not what was posted/],
  ['a completed job that failed later', (server) => (jobOf(server, ID).status = 'failed'), /went from completed/],
  ['a failed job that completed later', (server) => (jobOf(server, FAILED).status = 'completed'), /went from failed/],
  ['an end with another reason', (server) => (jobOf(server, FAILED).error_code = 'cancelled'), /went from failed/],
  ['a job that runs again', (server) => (jobOf(server, ID).status = 'processing'), /went from completed/],
  ['a model that is missing', (server) => void server.files.delete(MODEL), /no such file/],
  ['the model of another job', (server) => void server.files.set(MODEL, modelOf(OTHER)), /bytes that begin with 8e1f/],
  [
    'a piece of the model of another job',
    (server) => void server.files.set(MODEL, modelOf(ID).slice(0, 100_000) + modelOf(OTHER).slice(100_000)),
    /bytes that begin with/,
  ],
  ['a partial model', (server) => void server.files.set(MODEL, modelOf(ID).slice(0, -1)), /262143 bytes that begin/],
  [
    'a model of a failed job',
    (server) => void server.files.set(`/files/${FAILED}/chaos.glb`, 'x'),
    /of a failed job is served/,
  ],
  [
    'the report of another job',
    (server) => void server.files.set(`/files/${ID}/report.json`, server.files.get(`/files/${OTHER}/report.json`)!),
    /serves the report of another one/,
  ],
  [
    'files of another job in the folder of a process',
    (server) =>
      void server.files.set(`/files/${ID}/report.json`, JSON.stringify({ request: { jobId: ID }, foundLitter: true })),
    /found files of another one/,
  ],
  ['the folder of a failed job', (server) => server.leave(`jobs/${FAILED}/output/x`), /folders are those of the comp/],
  [
    'a completed job without a folder',
    (server) => rmSync(join(server.dataDir, 'jobs', ID), { recursive: true }),
    /folders are those of the completed jobs/,
  ],
  ['a file that was not renamed', (server) => server.leave(`jobs/${ID}/output/x.tmp`), /temporary files are left/],
  ['pictures that were not removed', (server) => server.leave(`jobs/${ID}/inputs/x`), /temporary files are left/],
  ['a folder for temporary files', (server) => server.leave(`jobs/${ID}/temp/x`), /temporary files are left/],
  ['a server that is not well', (server) => (server.health = { status: 'ill' }), /ill/],
];

test.each(FAULTS)('%s is found', async (_name, make, complaint) => {
  const { server, ledger } = createWorld();
  using _ = server;
  await ledger.settle();
  make(server);
  await expect(ledger.check()).rejects.toThrow(complaint);
});

const running = (progress: number) => ({ status: 'processing', progress }) as const;
const STEPS: Array<[name: string, before: Partial<Status>, after: Partial<Status>, complaint: RegExp]> = [
  ['back to the queue', running(0), { status: 'queued' }, /from processing undefined to queued/],
  ['to less progress', running(50), running(49), /50 to 49 percent/],
];

test.each(STEPS)('a running job that goes %s is found', (_name, before, after, complaint) => {
  const { server, ledger } = createWorld();
  using _ = server;
  ledger.observe(statusOf(ID, before));
  expect(() => ledger.observe(statusOf(ID, after))).toThrow(complaint);
});

test('an id that is given out twice, or told without having been asked for, is found', () => {
  const { server, ledger } = createWorld();
  using _ = server;
  expect(() => ledger.accept(ID)).toThrow(/given out twice/);
  expect(() => ledger.observe(statusOf(FOREIGN))).toThrow(/never asked for/);
});
