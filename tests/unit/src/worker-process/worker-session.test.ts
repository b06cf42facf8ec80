import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import pino from 'pino';
import { type JobRequest, PROTOCOL_VERSION, type WorkerEvent } from '../../../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';
import type { ProcessExit, WorkerProcess } from '../../../../src/worker-process/spawn-worker.ts';
import { type WorkerLimits, WorkerSession } from '../../../../src/worker-process/worker-session.ts';

const request: JobRequest = {
  type: 'job',
  protocol: PROTOCOL_VERSION,
  jobId: 'id',
  views: { front: '/in/front.png' },
  options: GenerateOptionsSchema.parse({}),
  outputDir: '/out',
  modelsDir: '/models',
  device: { kind: 'cpu', index: 0, name: 'test CPU' },
  limits: { maxPixels: 1 },
};
const patient: WorkerLimits = { jobTimeoutMs: 60_000, heartbeatTimeoutMs: 60_000, cancelGraceMs: 60_000 };
const hello = '{"type":"hello","protocol":1,"version":"1","pid":1,"visibleDevices":""}\n';
const ready = '{"type":"ready","rssBytes":7}\n';
const heartbeat = '{"type":"heartbeat","rssBytes":1}\n';
const failure = '{"type":"error","code":"image.no_object","message":"There is no object."}\n';

/** A worker in memory. It ends when the test says so, or by the signals that it obeys. */
function createTestWorker(obeys: readonly string[] = ['SIGTERM', 'SIGKILL']) {
  const log: string[] = [];
  const gone = Promise.withResolvers<ProcessExit>();
  let stdout: ReadableStreamDefaultController<Uint8Array> | undefined;
  const end = (exit: ProcessExit) => {
    if (log.includes('gone')) return;
    log.push('gone');
    gone.resolve(exit);
    try {
      stdout?.close();
    } catch {
      // The reader has closed it already.
    }
  };
  const worker: WorkerProcess = {
    pid: 1,
    stdout: new ReadableStream({
      start(controller) {
        stdout = controller;
      },
    }),
    stderr: new ReadableStream({ start: (controller) => controller.close() }),
    exited: gone.promise,
    send: () => void log.push('sent'),
    kill(signal) {
      if (log.includes('gone')) return;
      log.push(signal);
      if (obeys.includes(signal)) end({ exitCode: null, signal });
    },
    closeStdin: () => void log.push('closed'),
  };
  const say = (bytes: string | Uint8Array) => stdout?.enqueue(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return { worker, log, say, end };
}

function run(
  worker: WorkerProcess,
  limits: Partial<WorkerLimits> = {},
  onEvent: (event: WorkerEvent) => void = () => {},
) {
  const controller = new AbortController();
  const log = pino({ level: 'silent' });
  const session = new WorkerSession(worker, { ...patient, ...limits }, log);
  const end = session.run(request, { onEvent, signal: controller.signal, log });
  return { end, controller };
}

describe('WorkerSession', () => {
  test('sends the request, hears the events and closes stdin only when the process is gone', async () => {
    const { worker, log, say, end } = createTestWorker();
    const events: string[] = [];
    const job = run(worker, {}, (event) => events.push(event.type));
    say(hello + heartbeat + failure);
    await new Promise((resolve) => setImmediate(resolve));
    end({ exitCode: 1, signal: null });
    expect(await job.end).toMatchObject({ kind: 'failed', code: 'image.no_object' });
    expect(events).toEqual(['hello', 'heartbeat', 'error']);
    expect(log).toEqual(['sent', 'gone', 'closed']);
  });

  test('reads what is still in the pipe when the process is gone already', async () => {
    const { worker, say } = createTestWorker();
    const exited = Promise.resolve({ exitCode: 1, signal: null });
    const job = run({ ...worker, exited });
    await exited;
    await new Promise((resolve) => setImmediate(resolve));
    say(hello + failure);
    worker.kill('SIGKILL');
    expect(await job.end).toMatchObject({ code: 'image.no_object' });
  });

  test('asks politely, then kills, and passes on nothing that comes after the cancel', async () => {
    const { worker, log, say } = createTestWorker(['SIGKILL']);
    const events: string[] = [];
    const job = run(worker, { cancelGraceMs: 10 }, (event) => events.push(event.type));
    say(hello);
    await new Promise((resolve) => setImmediate(resolve));
    job.controller.abort('cancelled');
    say(failure);
    expect(await job.end).toMatchObject({ code: 'cancelled' });
    expect(log).toEqual(['sent', 'SIGTERM', 'SIGKILL', 'gone', 'closed']);
    expect(events).toEqual(['hello']);
  });

  test('keeps the first reason to stop', async () => {
    const { worker } = createTestWorker(['SIGKILL']);
    const job = run(worker, { jobTimeoutMs: 1, cancelGraceMs: 30 });
    setTimeout(() => job.controller.abort('cancelled'), 15);
    expect(await job.end).toMatchObject({ code: 'deadline_exceeded' });
  });

  test('ends a worker that was cancelled before it began', async () => {
    const { worker, log } = createTestWorker();
    const controller = new AbortController();
    controller.abort('server_shutdown');
    const silent = pino({ level: 'silent' });
    const session = new WorkerSession(worker, patient, silent);
    const options = { onEvent: () => {}, signal: controller.signal, log: silent };
    expect(await session.run(request, options)).toMatchObject({ code: 'server_shutdown' });
    expect(log).toContain('SIGTERM');
  });

  test('kills at once after a violation', async () => {
    const { worker, log, say } = createTestWorker();
    const job = run(worker);
    say(heartbeat);
    expect(await job.end).toMatchObject({ code: 'worker.protocol_violation' });
    expect(log).toEqual(['sent', 'SIGKILL', 'gone', 'closed']);
  });

  test('does not take back an answer that is complete', async () => {
    const { worker, say, log } = createTestWorker();
    const job = run(worker, { cancelGraceMs: 10 });
    say(hello + failure);
    await new Promise((resolve) => setImmediate(resolve));
    job.controller.abort('cancelled');
    expect(await job.end).toMatchObject({ code: 'image.no_object' });
    expect(log).not.toContain('SIGTERM');
  });

  test('kills the worker and passes the error on when the server itself fails to take an event', async () => {
    const { worker, log, say } = createTestWorker();
    const job = run(worker, {}, () => {
      throw new Error('a mistake of ours');
    });
    say(hello);
    await expect(job.end).rejects.toThrow('a mistake of ours');
    expect(log).toEqual(['sent', 'SIGKILL', 'gone', 'closed']);
  });

  test('runs a further job when the worker is ready, each with its own events, end and deadline', async () => {
    const { worker, log, say, end } = createTestWorker();
    const session = new WorkerSession(worker, { ...patient, jobTimeoutMs: 40 }, pino({ level: 'silent' }));
    const options = (events: string[]) => ({
      onEvent: (event: WorkerEvent) => void events.push(event.type),
      signal: new AbortController().signal,
      log: pino({ level: 'silent' }),
    });
    const [first, second]: [string[], string[]] = [[], []];
    session.prepare();
    say(hello + ready);
    await new Promise((resolve) => setImmediate(resolve));
    const firstEnd = session.run({ ...request, keep: true }, options(first));
    expect(session.isIdle).toBe(false);
    await expect(session.run(request, options([]))).rejects.toThrow('cannot take a job');
    say(heartbeat + failure + heartbeat + ready);
    expect(await firstEnd).toMatchObject({ code: 'image.no_object' });
    expect([session.isIdle, session.jobsTaken, session.peakRssBytes]).toEqual([true, 1, 7]);
    // Longer than the deadline, which is over with the job.
    await Bun.sleep(60);
    const secondEnd = session.run(request, options(second));
    say(heartbeat + failure);
    await new Promise((resolve) => setImmediate(resolve));
    end({ exitCode: 1, signal: null });
    expect(await secondEnd).toMatchObject({ code: 'image.no_object' });
    await session.gone;
    expect([first, second]).toEqual([
      ['heartbeat', 'error'],
      ['heartbeat', 'error'],
    ]);
    expect(log).toEqual(['sent', 'sent', 'sent', 'gone', 'closed']);
  });

  test.each([
    ['speaks of a job that it does not have', hello + ready + failure],
    ['breaks the protocol', heartbeat],
  ])('kills a waiting worker that %s', async (_what, lines) => {
    const { worker, log, say } = createTestWorker();
    const session = new WorkerSession(worker, patient, pino({ level: 'silent' }));
    say(lines);
    await session.gone;
    expect(session.isIdle).toBe(false);
    expect(log).toEqual(['SIGKILL', 'gone', 'closed']);
  });

  test('kills a waiting worker that falls silent, and one that does not end when it is asked to', async () => {
    const silent = createTestWorker(['SIGKILL']);
    await new WorkerSession(silent.worker, { ...patient, heartbeatTimeoutMs: 20 }, pino({ level: 'silent' })).gone;
    expect(silent.log).toEqual(['SIGKILL', 'gone', 'closed']);
    const stubborn = createTestWorker(['SIGKILL']);
    await new WorkerSession(stubborn.worker, { ...patient, cancelGraceMs: 10 }, pino({ level: 'silent' })).end();
    expect(stubborn.log).toEqual(['closed', 'SIGKILL', 'gone', 'closed']);
  });

  test('comes to an end whatever the worker writes and however it dies', async () => {
    const line = fc.oneof(
      fc.constantFrom(hello, ready, heartbeat, failure, '{}\n', 'noise\n', '{"type":'),
      fc.uint8Array({ maxLength: 20 }),
    );
    const exit = fc.constantFrom(
      { exitCode: 0, signal: null },
      { exitCode: 7, signal: null },
      { exitCode: null, signal: 'SIGKILL' },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), exit, async (lines, how) => {
        const { worker, say, end, log } = createTestWorker();
        const job = run(worker);
        for (const text of lines) if (!log.includes('gone')) say(text);
        end(how);
        expect((await job.end).kind).toBe('failed');
        expect(log.at(-1)).toBe('closed');
      }),
    );
  });
});
