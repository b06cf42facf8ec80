import type { JobSnapshot } from '../jobs/job-service.ts';

/** Where progress is written to. */
export interface ProgressTarget {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows how far a job is: as one bar that is redrawn on a terminal, as a line for each stage elsewhere. */
export interface ProgressDisplay {
  update(job: JobSnapshot): void;
  /** Writes a line that stays. */
  note(line: string): void;
  /** Removes the bar. */
  end(): void;
}

const BAR_WIDTH = 30;
const CLEAR_LINE = '\r\x1b[2K';

export function createProgressDisplay(target: ProgressTarget): ProgressDisplay {
  return target.isTTY ? createBar(target) : createLines(target);
}

function createBar(target: ProgressTarget): ProgressDisplay {
  let current = '';
  return {
    update(job) {
      const line = barLine(job).slice(0, (target.columns ?? 80) - 1);
      if (line === current) return;
      current = line;
      target.write(CLEAR_LINE + line);
    },
    note(line) {
      target.write(`${CLEAR_LINE}${line}\n${current}`);
    },
    end() {
      target.write(CLEAR_LINE);
    },
  };
}

function createLines(target: ProgressTarget): ProgressDisplay {
  let shownStage: string | undefined;
  return {
    update(job) {
      if (job.stage === undefined || job.stage === shownStage) return;
      shownStage = job.stage;
      target.write(`${percent(job)}  ${job.stage}\n`);
    },
    note(line) {
      target.write(`${line}\n`);
    },
    end() {},
  };
}

function barLine(job: JobSnapshot): string {
  const filled = Math.round((job.progress / 100) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const eta = job.etaSeconds === undefined ? '' : `, about ${Math.max(1, Math.ceil(job.etaSeconds))} s left`;
  return `${bar} ${percent(job)}  ${job.stage ?? 'starting'}${eta}`;
}

function percent(job: JobSnapshot): string {
  return `${Math.floor(job.progress)} %`.padStart(5);
}
