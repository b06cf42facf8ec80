import { describe, expect, test } from 'bun:test';
import { createJob, type Job } from '../../../../src/jobs/job.ts';
import { JobForecast } from '../../../../src/jobs/job-forecast.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

const queuedJob = (id: string, options: object = {}): Job => createJob(id, GenerateOptionsSchema.parse(options), 0);
const running = (job: Job, more: Partial<Job> = {}): Job => ({
  ...job,
  state: 'processing',
  startedAt: 0,
  stage: 'shape',
  stageRun: { startedAt: 0, isFinished: false },
  stageProgress: 50,
  ...more,
});
const completed = (job: Job, timingsMs: Job['timingsMs']): Job => ({
  ...job,
  state: 'completed',
  progress: 100,
  finishedAt: 1,
  timingsMs,
  engine: { name: 'hull', reason: 'r', licence: 'MIT' },
});

function taughtForecast(): JobForecast {
  const forecast = new JobForecast();
  forecast.learn(completed(queuedJob('a'), { shape: 2000, export: 1000 }));
  return forecast;
}

describe('JobForecast', () => {
  test('gives no ETA before the first completed job', () => {
    const forecast = new JobForecast();
    expect(forecast.snapshot(running(queuedJob('b')), 0)).not.toHaveProperty('etaSeconds');
    expect(forecast.queueEndsInMs([queuedJob('b')], [], 1, 0)).toEqual([undefined]);
    expect(forecast.queuedSnapshot(queuedJob('b'), 1, undefined)).not.toHaveProperty('etaSeconds');
  });

  test('gives a running job what its stages have left, and a finished one nothing', () => {
    const forecast = taughtForecast();
    expect(forecast.snapshot(running(queuedJob('b')), 0).etaSeconds).toBe(2);
    expect(forecast.snapshot(completed(queuedJob('b'), {}), 0)).not.toHaveProperty('etaSeconds');
  });

  test('knows jobs of "auto" by the engine that took them', () => {
    const forecast = taughtForecast();
    expect(forecast.snapshot(running(queuedJob('b', { engine: 'hull' })), 0).etaSeconds).toBe(2);
    expect(forecast.snapshot(running(queuedJob('b', { engine: 'other' })), 0).etaSeconds).toBeUndefined();
  });

  test('does not mix jobs with and without textures', () => {
    expect(taughtForecast().snapshot(running(queuedJob('b', { should_texture: false })), 0).etaSeconds).toBeUndefined();
  });

  test('gives each queued job its position and the time to its own end', () => {
    const forecast = taughtForecast();
    const queued = [queuedJob('c'), queuedJob('d')];
    const endsInMs = forecast.queueEndsInMs(queued, [running(queuedJob('b'))], 0, 0);
    expect(endsInMs).toEqual([5000, 8000]);
    expect(forecast.queueEndsInMs(queued, [running(queuedJob('b'))], 1, 0)).toEqual([3000, 5000]);
    expect(forecast.queuedSnapshot(queuedJob('d'), 2, endsInMs[1])).toMatchObject({ queuePosition: 2, etaSeconds: 8 });
  });

  test('tells when to come back to a full queue', () => {
    expect(
      taughtForecast().retryAfterSeconds([running(queuedJob('b')), running(queuedJob('c'), { stageProgress: 10 })], 0),
    ).toBe(2);
    expect(new JobForecast().retryAfterSeconds([running(queuedJob('b'))], 0)).toBe(10);
    expect(
      taughtForecast().retryAfterSeconds([running(queuedJob('b'), { stage: 'export', stageProgress: 100 })], 0),
    ).toBe(1);
  });
});
