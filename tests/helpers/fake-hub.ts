import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeHubRequest {
  path: string;
  range: string | undefined;
  ifRange: string | undefined;
  authorization: string | undefined;
  status: number;
}

/** How the hub behaves; tests change it while it runs. Queues hold one item for each request and end by themselves. */
export interface FakeHubBehaviour {
  /** By `<repository>/<path>`. */
  files: Record<string, Uint8Array>;
  /** Requests are answered by this status; 0 cuts the connection before an answer. */
  statuses: number[];
  /** The connection is cut after so many bytes of the body, or not at all. */
  cuts: (number | undefined)[];
  /** Runs before a cut: bytes that the client has not read yet are lost with the connection. */
  beforeCut(file: string, position: number): Promise<void>;
  ignoresRanges: boolean;
  /** Sends these headers with a file. */
  headers: Record<string, string>;
  /** Sends no bytes after the headers, and keeps the connection open. */
  isSilent: boolean;
  etag: string | undefined;
  /** Redirects to this origin, as the hub does with large files, and tells the digest of the file. */
  redirectTo: string | undefined;
  linkedSha256: string | undefined;
  token: string | undefined;
}

export interface FakeHub extends FakeHubBehaviour {
  readonly origin: string;
  readonly requests: FakeHubRequest[];
  stop(): Promise<void>;
}

/** A server on a free port of this machine that speaks as the model hub does. */
export async function startFakeHub(behaviour: Partial<FakeHubBehaviour> = {}): Promise<FakeHub> {
  const requests: FakeHubRequest[] = [];
  const server = createServer((request, response) => {
    const { authorization, range, 'if-range': ifRange } = request.headers;
    answer(hub, request, response);
    const path = request.url ?? '';
    const status = response.statusCode;
    requests.push({ path, range, ifRange: ifRange as string | undefined, authorization, status });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const hub: FakeHub = {
    files: {},
    statuses: [],
    cuts: [],
    beforeCut: () => Promise.resolve(),
    ignoresRanges: false,
    headers: {},
    isSilent: false,
    etag: '"v1"',
    redirectTo: undefined,
    linkedSha256: undefined,
    token: undefined,
    ...behaviour,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return hub;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function answer(hub: FakeHub, request: IncomingMessage, response: ServerResponse): unknown {
  const path = request.url ?? '';
  const status = hub.statuses.shift();
  if (status === 0) return request.socket.destroy();
  if (status !== undefined) return end(response, status, { 'retry-after': '0' });
  if (hub.token && request.headers.authorization !== `Bearer ${hub.token}`) return end(response, 401);
  const name = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(path)?.slice(1).join('/');
  const bytes = hub.files[name ?? ''];
  if (bytes === undefined) return end(response, 404);
  if (hub.redirectTo) {
    const linked = hub.linkedSha256 === undefined ? {} : { 'x-linked-etag': `"${hub.linkedSha256}"` };
    return end(response, 302, { location: hub.redirectTo + path, ...linked });
  }
  return sendFile(hub, name ?? '', request, response);
}

function sendFile(hub: FakeHub, name: string, request: IncomingMessage, response: ServerResponse): unknown {
  const bytes = hub.files[name] ?? new Uint8Array();
  const { range, 'if-range': ifRange } = request.headers;
  const isSameVersion = ifRange === undefined || ifRange === hub.etag;
  const start = hub.ignoresRanges || !isSameVersion ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (start >= bytes.length) return end(response, 416, { 'content-range': `bytes */${bytes.length}` });
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': String(bytes.length - start),
    ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    ...(hub.etag === undefined ? {} : { etag: hub.etag }),
    ...hub.headers,
  });
  if (hub.isSilent) return response.flushHeaders();
  const cut = hub.cuts.shift();
  if (cut === undefined) return response.end(bytes.subarray(start));
  return response.write(bytes.subarray(start, start + cut), async () => {
    await hub.beforeCut(name, start + cut);
    response.socket?.destroy();
  });
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}): unknown {
  response.writeHead(status, { 'content-length': '0', ...headers });
  return response.end();
}
