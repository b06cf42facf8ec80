import type { WorkerEvent } from '../src/protocol/messages.ts';
import { overallProgress, STAGE_WEIGHTS, type Stage, type StageWeights } from '../src/protocol/stages.ts';

/** Progress lines closer together than this are dropped; stage lines never are. */
const MIN_INTERVAL_MS = 100;

export interface StageClock {
  /** Runs one stage: announces it, times it, reports its end. */
  run<T>(stage: Stage, work: (onProgress: (fraction: number) => void) => Promise<T> | T): Promise<T>;
  /** Weighs the stages from now on as the chosen engine's take their time. */
  useWeights(weights: StageWeights): void;
  /** Measured so far, in milliseconds. */
  readonly timingsMs: Partial<Record<Stage, number>>;
}

/**
 * Times the stages and turns their own fractions into overall progress that never falls.
 * @param emit receives stage and progress events
 * @param nowMs a monotonic clock in milliseconds
 */
export function createStageClock(emit: (event: WorkerEvent) => void, nowMs: () => number): StageClock {
  const timingsMs: Partial<Record<Stage, number>> = {};
  let weights = STAGE_WEIGHTS;
  let highest = 0;
  let lastSentAt = Number.NEGATIVE_INFINITY;

  const report = (stage: Stage, fraction: number, always: boolean): void => {
    const stageProgress = Math.min(1, Math.max(0, fraction));
    highest = Math.max(highest, overallProgress(stage, stageProgress, weights));
    const now = nowMs();
    if (!always && now - lastSentAt < MIN_INTERVAL_MS) return;
    lastSentAt = now;
    emit({ type: 'progress', stage, stageProgress, progress: highest });
  };

  return {
    timingsMs,
    useWeights(chosen) {
      weights = chosen;
    },
    async run(stage, work) {
      const startedAt = nowMs();
      emit({ type: 'stage', stage, state: 'started' });
      const result = await work((fraction) => report(stage, fraction, false));
      const elapsedMs = nowMs() - startedAt;
      timingsMs[stage] = (timingsMs[stage] ?? 0) + elapsedMs;
      report(stage, 1, true);
      emit({ type: 'stage', stage, state: 'finished', elapsedMs });
      return result;
    },
  };
}
