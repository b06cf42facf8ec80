import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type JobRequest, PROTOCOL_VERSION, WorkerEventSchema } from '../../../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';
import { verifyResultFiles } from '../../../../src/worker-process/verify-result-files.ts';

/** What the event log of a job keeps. */
const LOG_EVENTS = 128;

test('the stand-in worker of the memory benchmark keeps to the protocol and fills the event log of its job', async () => {
  const outputDir = mkdtempSync(join(tmpdir(), 'hy3d-memory-worker-'));
  const request: JobRequest = {
    type: 'job',
    protocol: PROTOCOL_VERSION,
    jobId: 'one',
    views: { front: 'front.png' },
    options: GenerateOptionsSchema.parse({}),
    outputDir,
    modelsDir: outputDir,
    device: { kind: 'cpu', index: 0, name: 'test CPU' },
    limits: { maxPixels: 1 },
  };
  try {
    const worker = Bun.spawn([process.execPath, resolve(import.meta.dir, '../../../../src/bench/memory-worker.ts')], {
      stdin: new Blob([`${JSON.stringify(request)}\n`]),
      stdout: 'pipe',
    });
    const lines = (await new Response(worker.stdout).text()).trim().split('\n');
    expect(await worker.exited).toBe(0);
    const events = lines.map((line) => WorkerEventSchema.parse(JSON.parse(line)));
    expect(events[0]?.type).toBe('hello');
    expect(events.length).toBeGreaterThan(LOG_EVENTS + 2);
    const last = events.at(-1);
    if (last?.type !== 'result') throw new Error(`expected a result, got ${JSON.stringify(last)}`);
    expect(await verifyResultFiles(last.files, outputDir)).toBeUndefined();
  } finally {
    rmSync(outputDir, { recursive: true });
  }
});
