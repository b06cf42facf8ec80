import type { Hono } from 'hono';
import { StartError } from '../start-error.ts';

/**
 * Seconds without a byte after which a connection is closed: longer than the longest pause between heartbeats of an
 * event stream, short enough to be rid of clients that never finish their request.
 */
const IDLE_TIMEOUT_SECONDS = 120;

/**
 * Serves an app over HTTP.
 * @param port 0 takes a free one
 * @throws {StartError}
 */
export function listen(app: Hono, { host, port }: { host: string; port: number }): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      fetch: (request) => app.fetch(request),
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      // The app counts and refuses with a body of its own; Bun's refusal would have none.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      // With development off, Bun would otherwise share a port that another server listens on.
      reusePort: false,
    });
  } catch (cause) {
    throw new StartError(explain(cause, host, port), { cause });
  }
}

function explain(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program, perhaps another hy3d. Use --port with another number, or 0 for any free one.`;
  }
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Use --port with a number from 1024 on.`;
  return `The server cannot listen on ${host}, port ${port}: ${cause instanceof Error ? cause.message : cause}`;
}
