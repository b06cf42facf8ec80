import type { PullEvent } from '../../models/store/download-file.ts';
import { formatBytes } from './models-format.ts';
import type { ProgressTarget } from './progress-display.ts';

export interface PullDisplay {
  show(event: PullEvent): void;
  /** Removes the bar. */
  end(): void;
}

const BAR_WIDTH = 24;
const CLEAR_LINE = '\r\x1b[2K';
const REDRAW_MS = 100;

/** Shows a pull: one bar that is redrawn on a terminal, a line for each file elsewhere. */
export function createPullDisplay(target: ProgressTarget, now = () => performance.now()): PullDisplay {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isBarShown = false;
  let announced: string | undefined;
  const clear = () => {
    if (isBarShown) target.write(CLEAR_LINE);
    isBarShown = false;
  };
  const line = (text: string) => {
    clear();
    target.write(`${text}\n`);
  };
  const showProgress = (event: Extract<PullEvent, { type: 'progress' }>) => {
    if (!target.isTTY) {
      if (announced !== event.file) line(`bringing  ${event.file}${sizeOf(event)}`);
      announced = event.file;
    } else if (now() - drawnAt >= REDRAW_MS) {
      drawnAt = now();
      target.write(CLEAR_LINE + barOf(event).slice(0, (target.columns ?? 80) - 1));
      isBarShown = true;
    }
  };
  return {
    show(event) {
      const { file } = event;
      if (event.type === 'progress') showProgress(event);
      else if (event.type === 'checking') line(`checking  ${file}`);
      else if (event.type === 'kept') line(`kept      ${file} (${formatBytes(event.bytes)})`);
      else if (event.type === 'done') line(`done      ${file} (${formatBytes(event.bytes)})`);
      else if (event.type === 'skipped') line(`skipped   ${file}: optional, and not to be had there`);
      else line(`waiting   ${file}: ${event.reason}; next try in ${Math.ceil(event.delayMs / 1000)} s`);
    },
    end: clear,
  };
}

type Progress = Extract<PullEvent, { type: 'progress' }>;

function barOf({ file, receivedBytes, totalBytes, bytesPerSecond, secondsLeft }: Progress): string {
  const share = totalBytes ? receivedBytes / totalBytes : 0;
  const filled = Math.min(BAR_WIDTH, Math.floor(share * BAR_WIDTH));
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const parts = [`${Math.floor(share * 100)} %`.padStart(5), formatBytes(receivedBytes)];
  if (bytesPerSecond !== undefined) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (secondsLeft !== undefined) parts.push(`${formatSeconds(secondsLeft)} left`);
  return `${bar} ${parts.join('  ')}  ${file.split('/').slice(-2).join('/')}`;
}

function sizeOf({ receivedBytes, totalBytes }: Progress): string {
  if (totalBytes === undefined) return '';
  const rest = receivedBytes > 0 ? `, ${formatBytes(receivedBytes)} of it there` : '';
  return ` (${formatBytes(totalBytes)}${rest})`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
