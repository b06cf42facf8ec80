import type { Hono } from 'hono';
import { StartError } from '../start-error.ts';
import type { ConnectionInfo } from './access/client-address.ts';

/** Seconds after which a connection is closed on which no request comes or one does not go on. */
const IDLE_TIMEOUT_SECONDS = 120;
/** An answer beyond this size may take a slow client longer than the idle timeout. */
const LARGE_BODY_BYTES = 64 * 1024;
/** Bun sets the timeout again when it begins to send; lifting it works after that, and does nothing once all is sent. */
const LIFT_AFTER_MS = 500;

/**
 * Serves an app over HTTP.
 * @param port 0 takes a free one
 * @throws {StartError}
 */
export function listen(
  app: Pick<Hono, 'fetch'>,
  { host, port }: { host: string; port: number },
): Bun.Server<undefined> {
  try {
    return Bun.serve({
      hostname: host,
      port,
      fetch: (request, server) => answer(app, request, server),
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

/**
 * Answers one request. For event streams and large files the idle timeout is lifted: Bun counts only what the client
 * sends as activity and would cut them off while they are being sent.
 */
export async function answer(
  app: Pick<Hono, 'fetch'>,
  request: Request,
  server: Pick<Bun.Server<undefined>, 'timeout' | 'requestIP' | 'url'>,
): Promise<Response> {
  const connection: ConnectionInfo = { remoteAddress: server.requestIP(request)?.address };
  const response = await app.fetch(withWholeUrl(request, server.url), connection);
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const isLarge = Number(response.headers.get('content-length') ?? 0) > LARGE_BODY_BYTES;
  if (response.body !== null && (isStream || isLarge)) {
    setTimeout(() => server.timeout(request, 0), LIFT_AFTER_MS).unref();
  }
  return response;
}

/** Without a `Host`, as in HTTP/1.0, or with one that is none, Bun gives the path alone, which routes cannot read. */
function withWholeUrl(request: Request, base: URL): Request {
  return URL.canParse(request.url) ? request : new Request(base.origin + request.url, request);
}

function explain(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program, perhaps another hy3d. Use --port with another number, or 0 for any free one.`;
  }
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Use --port with a number from 1024 on.`;
  return `The server cannot listen on ${host}, port ${port}: ${cause instanceof Error ? cause.message : cause}`;
}
