import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { applyJobChange, createJob, isTerminal, type Job, type JobChange } from '../../../../src/jobs/job.ts';
import type { Device, WorkerEvent, WorkerResult } from '../../../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';
import { STAGES } from '../../../../src/protocol/stages.ts';

const device: Device = { kind: 'cpu', index: 0, name: 'test CPU' };
const result: WorkerResult = {
  type: 'result',
  files: { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' },
  timingsMs: { decode: 5, shape: 50 },
  views: { front: { shape: true, texture: true } },
  summary: { faces: 2, vertices: 4, watertight: true },
  peakRssBytes: 1,
};
const started: JobChange = { type: 'started', device };
const completed: JobChange = { type: 'completed', result };
const failed: JobChange = { type: 'failed', code: 'cancelled', message: 'The job was cancelled.' };
const says = (event: WorkerEvent): JobChange => ({ type: 'worker_event', event });
const stageStarts = (stage: (typeof STAGES)[number]) => says({ type: 'stage', stage, state: 'started' });

/** Applies changes one millisecond apart, starting at 1001. */
function run(...changes: JobChange[]): { job: Job; events: string[] } {
  let job = createJob('id', GenerateOptionsSchema.parse({}), 1000);
  const events: string[] = [];
  changes.forEach((change, i) => {
    const step = applyJobChange(job, change, 1001 + i);
    job = step.job;
    if (step.event !== undefined) events.push(step.event);
  });
  return { job, events };
}

describe('the states of a job', () => {
  test('go from queued over processing to completed, with the times of each', () => {
    const { job, events } = run(started, stageStarts('decode'), completed);
    expect(job).toMatchObject({
      state: 'completed',
      progress: 100,
      createdAt: 1000,
      startedAt: 1001,
      finishedAt: 1003,
    });
    expect(job).toMatchObject({ files: result.files, summary: result.summary, views: result.views, device });
    expect(job.timingsMs).toEqual({ decode: 5, shape: 50 });
    expect(job.stage).toBeUndefined();
    expect(events).toEqual(['state', 'stage', 'state']);
  });

  test('go from queued or processing to failed and keep where it stood', () => {
    expect(run(failed).job).toMatchObject({ state: 'failed', error: { code: 'cancelled' } });
    expect(run(started, stageStarts('shape'), failed).job).toMatchObject({
      state: 'failed',
      stage: 'shape',
      progress: 0,
    });
  });

  test('do not skip processing', () => {
    expect(run(completed).job.state).toBe('queued');
    expect(run(stageStarts('decode')).job.stage).toBeUndefined();
  });

  const anyChange: fc.Arbitrary<JobChange> = fc.oneof(
    fc.constantFrom(started, completed, failed),
    fc.record({
      type: fc.constant('worker_event' as const),
      event: fc.oneof(
        fc.record({
          type: fc.constant('stage' as const),
          stage: fc.constantFrom(...STAGES),
          state: fc.constantFrom('started' as const, 'finished' as const),
        }),
        fc.record({
          type: fc.constant('progress' as const),
          stage: fc.constantFrom(...STAGES),
          stageProgress: fc.double({ min: 0, max: 1, noNaN: true }),
          progress: fc.double({ min: 0, max: 100, noNaN: true }),
        }),
        fc.constantFrom<WorkerEvent>(
          { type: 'warning', message: 'careful' },
          { type: 'engine', name: 'hull', reason: 'only one', licence: 'MIT' },
          { type: 'heartbeat', rssBytes: 1 },
          result,
        ),
      ),
    }),
  );

  test('hold for any sequence: terminal absorbs, progress and stages never go back, 100 only when completed', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 60 }), (changes) => {
        let job = createJob('id', GenerateOptionsSchema.parse({}), 0);
        for (const change of changes) {
          const before = job;
          const snapshot = JSON.stringify(before);
          const step = applyJobChange(before, change, 1);
          job = step.job;
          expect(JSON.stringify(before)).toBe(snapshot);
          expect(step.event === undefined).toBe(job === before);
          if (isTerminal(before)) expect(job).toBe(before);
          expect(job.progress).toBeGreaterThanOrEqual(before.progress);
          expect(job.progress === 100).toBe(job.state === 'completed');
          const stageOf = (j: Job) => (j.stage === undefined ? -1 : STAGES.indexOf(j.stage));
          if (!isTerminal(job)) expect(stageOf(job)).toBeGreaterThanOrEqual(stageOf(before));
        }
      }),
    );
  });
});

describe('the events of a worker', () => {
  test('set the first engine and keep it', () => {
    const engine = (name: string) => says({ type: 'engine', name, reason: 'r', licence: 'MIT' });
    expect(run(started, engine('hull'), engine('other')).job.engine?.name).toBe('hull');
  });

  test('give the stage and its time, and ignore a stage that ran before', () => {
    const { job, events } = run(
      started,
      stageStarts('shape'),
      says({ type: 'progress', stage: 'shape', stageProgress: 1, progress: 40 }),
      says({ type: 'stage', stage: 'shape', state: 'finished', elapsedMs: 12 }),
      says({ type: 'stage', stage: 'shape', state: 'finished', elapsedMs: 99 }),
      stageStarts('decode'),
      stageStarts('shape'),
    );
    expect(job).toMatchObject({ stage: 'shape', stageProgress: 100, timingsMs: { shape: 12 } });
    expect(events).toEqual(['state', 'stage', 'progress', 'stage']);
  });

  test('report progress of the running stage only, at most 99 while it runs', () => {
    const progress = (stage: 'decode' | 'shape', stageProgress: number, percent: number) =>
      says({ type: 'progress', stage, stageProgress, progress: percent });
    const { job } = run(started, stageStarts('shape'), progress('shape', 0.5, 20), progress('decode', 1, 90));
    expect(job).toMatchObject({ progress: 20, stageProgress: 50 });
    expect(run(started, stageStarts('shape'), progress('shape', 1, 100)).job.progress).toBe(99);
  });

  test('make a bounded number of events, however often the worker reports', () => {
    const reports = Array.from({ length: 20_000 }, (_, i) =>
      says({ type: 'progress', stage: 'shape', stageProgress: i / 20_000, progress: i / 200 }),
    );
    expect(run(started, stageStarts('shape'), ...reports).events.length).toBeLessThan(1200);
  });

  test('collect at most fifty different warnings of bounded length', () => {
    const warn = (message: string) => says({ type: 'warning', message });
    expect(run(started, warn('a'), warn('a'), warn('b')).job.warnings).toEqual(['a', 'b']);
    const many = Array.from({ length: 100 }, (_, i) => warn(`${i} ${'x'.repeat(1000)}`));
    const { warnings } = run(started, ...many).job;
    expect(warnings).toHaveLength(50);
    expect(warnings[0]).toHaveLength(500);
  });

  test('do not end the job: that takes an ended process and verified files', () => {
    const error: WorkerEvent = { type: 'error', code: 'image.no_object', message: 'There is no object.' };
    expect(run(started, says(result), says(error)).job.state).toBe('processing');
  });
});
