import type { Config } from '../config.ts';
import { programDir } from '../program-files.ts';

const CHILD_TIMEOUT_MS = 30_000;

export interface ChildResult {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a short check in a process of its own, so that a library that crashes cannot take this one along. */
export async function runChild(
  command: readonly string[],
  env: Config['env'],
  extra: Record<string, string> = {},
): Promise<ChildResult> {
  const child = Bun.spawn([...command], {
    cwd: programDir(),
    env: { ...env, ORT_DISABLE_TELEMETRY: '1', ...extra },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: CHILD_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { ok: (await child.exited) === 0, stdout, stderr };
}
