import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isRunning } from '../helpers/processes.ts';

/**
 * Processes that were started for a folder, whoever their parent is by now: those that run in it and those that were
 * given a place for temporary files in it, which they and their children keep wherever they go.
 */
export function processesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && (runsIn(name, folder) || hasTempIn(name, folder)))
    .map(Number)
    .filter(isRunning);
}

function runsIn(pid: string, folder: string): boolean {
  return readOr('', () => readlinkSync(`/proc/${pid}/cwd`)).startsWith(`${folder}/`);
}

function hasTempIn(pid: string, folder: string): boolean {
  const environment = readOr('', () => readFileSync(`/proc/${pid}/environ`, 'utf8'));
  return environment.split('\0').some((variable) => variable.startsWith(`TMPDIR=${folder}/`));
}

/** The other value for a process that is gone or not ours. */
function readOr(other: string, read: () => string): string {
  try {
    return read();
  } catch {
    return other;
  }
}
