/**
 * Starts a process as the worst worker would be: its parent is gone, it has a session of its own and does not care
 * about SIGTERM. Its end is SIGKILL, at the end of a `using` block or after a minute.
 */
export function startOrphan(cwd: string, env: Record<string, string> = {}): Disposable & { pid: number } {
  // What a shell ignores stays ignored in the program that takes its place.
  const script = `trap '' TERM; echo $$; exec sleep 60 < /dev/null > /dev/null 2>&1`;
  const launcher = Bun.spawnSync(['sh', '-c', `setsid sh -c "$1" &`, 'sh', script], {
    cwd,
    env: { ...process.env, ...env },
  });
  const pid = Number(launcher.stdout.toString());
  if (!launcher.success || !(pid > 1)) throw new Error(`no process was started: ${launcher.stderr.toString()}`);
  return { pid, [Symbol.dispose]: () => endProcess(pid) };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // The test has ended it.
  }
}
