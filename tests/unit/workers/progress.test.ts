import { expect, test } from 'bun:test';
import type { WorkerEvent } from '../../../src/protocol/messages.ts';
import { NETWORK_STAGE_WEIGHTS, overallProgress, STAGE_WEIGHTS, STAGES } from '../../../src/protocol/stages.ts';
import { createStageClock } from '../../../workers/progress.ts';

function recorder() {
  const events: WorkerEvent[] = [];
  let now = 0;
  const clock = createStageClock(
    (event) => events.push(event),
    () => now,
  );
  return { events, clock, advance: (ms: number) => (now += ms) };
}

test.each([
  ['built-in engine', STAGE_WEIGHTS],
  ['networks', NETWORK_STAGE_WEIGHTS],
])('the stage weights of the %s add up to one hundred percent', (_, weights) => {
  expect(STAGES.reduce((sum, stage) => sum + weights[stage], 0)).toBe(100);
  expect(overallProgress('decode', 0, weights)).toBe(0);
  expect(overallProgress('export', 1, weights)).toBe(100);
});

test('progress goes on from where it was when the engine’s weights become known', async () => {
  const { events, clock } = recorder();
  await clock.run('decode', () => {});
  await clock.run('foreground', () => {});
  clock.useWeights(NETWORK_STAGE_WEIGHTS);
  await clock.run('shape', () => {});
  const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
  expect(progress).toEqual([3, 8, 88]);
});

test('overall progress never falls, even when a stage reports backwards', async () => {
  const { events, clock, advance } = recorder();
  await clock.run('decode', (onProgress) => {
    for (const fraction of [0.2, 0.9, 0.4, 2, -1]) {
      advance(200);
      onProgress(fraction);
    }
  });
  const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
  expect(progress.length).toBe(6);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(STAGE_WEIGHTS.decode);
});

test('progress lines are throttled but the end of a stage is always reported', async () => {
  const { events, clock, advance } = recorder();
  await clock.run('shape', (onProgress) => {
    for (let i = 0; i < 1000; i++) {
      advance(1);
      onProgress(i / 1000);
    }
  });
  const progress = events.filter((event) => event.type === 'progress');
  expect(progress.length).toBeLessThanOrEqual(12);
  expect(progress.at(-1)).toMatchObject({ stageProgress: 1 });
  expect(events.at(-1)).toEqual({ type: 'stage', stage: 'shape', state: 'finished', elapsedMs: 1000 });
  expect(clock.timingsMs).toEqual({ shape: 1000 });
});

test('a stage that throws is announced but not reported as finished', async () => {
  const { events, clock } = recorder();
  const failing = clock.run('mesh', () => {
    throw new Error('no surface');
  });
  await expect(failing).rejects.toThrow('no surface');
  expect(events).toEqual([{ type: 'stage', stage: 'mesh', state: 'started' }]);
});
