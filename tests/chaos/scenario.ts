import type { Random } from './random.ts';
import type { WorkerMode } from './worker-modes.ts';

/** What a scenario found out; or why it cannot run here. */
export type Findings = Record<string, string | number> | { skipped: string };

export interface Chaos {
  random: Random;
  mode: WorkerMode;
  /** `short` is part of every test run; `long` takes minutes. */
  form: 'short' | 'long';
}

/** Breaks something on purpose; throws where an invariant does not hold. */
export type Scenario = (chaos: Chaos) => Promise<Findings>;
