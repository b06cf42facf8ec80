/** What a short command printed; undefined when the program is missing or did not end in time. */
export type RunCommand = (command: readonly string[]) => Promise<{ exitCode: number; stdout: string } | undefined>;

/** A broken driver lets nvidia-smi hang; a healthy one answers in about a second even with persistence mode off. */
const TIMEOUT_MS = 10_000;

/** Runs a program without a shell. */
export const runCommand: RunCommand = async (command) => {
  let child: Bun.Subprocess<'ignore', 'pipe', 'ignore'>;
  try {
    child = Bun.spawn([...command], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
  } catch {
    return undefined;
  }
  const [stdout] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  return child.exitCode === null ? undefined : { exitCode: child.exitCode, stdout };
};
