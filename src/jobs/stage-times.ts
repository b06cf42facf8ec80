import { STAGES, type Stage } from '../protocol/stages.ts';

/** Jobs that a median looks back on: enough to be steady, few enough to follow a change of options or load. */
const WINDOW = 15;

export type StageTimings = Readonly<Partial<Record<Stage, number>>>;

/**
 * How long the stages take on this machine: rolling medians of finished jobs, per profile (an engine with or
 * without textures). Pure. A stage that the jobs of a profile never ran counts as nothing.
 */
export class StageTimes {
  readonly #timesMs = new Map<string, number[]>();
  /** Kept between records, since every snapshot of a long queue asks for them. */
  readonly #mediansMs = new Map<string, number>();
  readonly #totalsMs = new Map<string, number>();

  /** Adds the stage times of a completed job. */
  record(profile: string, timingsMs: StageTimings): void {
    let totalMs = 0;
    for (const stage of STAGES) {
      const key = `${profile} ${stage}`;
      const times = this.#timesMs.get(key) ?? [];
      times.push(timingsMs[stage] ?? 0);
      if (times.length > WINDOW) times.shift();
      this.#timesMs.set(key, times);
      const medianMs = medianOf(times);
      this.#mediansMs.set(key, medianMs);
      totalMs += medianMs;
    }
    this.#totalsMs.set(profile, totalMs);
  }

  /** Milliseconds of a whole job, or undefined before the first one of the profile. */
  totalMs(profile: string): number | undefined {
    return this.#totalsMs.get(profile);
  }

  /**
   * Milliseconds left of a running job, or undefined before the first completed one of the profile.
   * @param stage the running stage; undefined before the first
   * @param stageFraction how much of it is done, 0 to 1
   * @param stageElapsedMs how long it has been running, which tells more while the fraction is still 0
   */
  remainingMs(
    profile: string,
    stage: Stage | undefined,
    stageFraction: number,
    stageElapsedMs: number,
  ): number | undefined {
    const total = this.totalMs(profile);
    if (total === undefined || stage === undefined) return total;
    const median = this.#medianMs(profile, stage);
    const inStage = stageFraction > 0 ? median * (1 - stageFraction) : Math.max(0, median - stageElapsedMs);
    const later = STAGES.slice(STAGES.indexOf(stage) + 1);
    return later.reduce((sum, name) => sum + this.#medianMs(profile, name), inStage);
  }

  #medianMs(profile: string, stage: Stage): number {
    return this.#mediansMs.get(`${profile} ${stage}`) ?? 0;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1] ?? 0;
  const high = sorted[sorted.length >> 1] ?? 0;
  return (low + high) / 2;
}

/**
 * When queued jobs will be done, in milliseconds from now, next job first: each takes the slot that is free
 * first. Pure. From the first job of unknown length on, nothing is known.
 * @param slotFreeInMs per usable slot; undefined for a running job of unknown length
 * @param jobTotalsMs per queued job
 */
export function estimateQueueMs(
  slotFreeInMs: ReadonlyArray<number | undefined>,
  jobTotalsMs: ReadonlyArray<number | undefined>,
): Array<number | undefined> {
  const slots = slotFreeInMs.filter((ms) => ms !== undefined);
  let isKnown = slots.length === slotFreeInMs.length && slots.length > 0;
  return jobTotalsMs.map((total) => {
    isKnown &&= total !== undefined;
    if (!isKnown || total === undefined) return undefined;
    const first = slots.indexOf(Math.min(...slots));
    const end = (slots[first] ?? 0) + total;
    slots[first] = end;
    return end;
  });
}
