import { AppError, errorMessageOf } from '../../src/errors.ts';
import { type FileStream, type ModelSource, type ResumePoint, TransientError } from './model-source.ts';
import type { StoreFile } from './store-layout.ts';

export interface HubSourceOptions {
  /** Without a slash at the end. */
  endpoint: string;
  /** Sent to the endpoint's own origin only. */
  token?: string | undefined;
  /** A connection that is silent for this long counts as cut. */
  idleTimeoutMs?: number;
}

const DEFAULT_IDLE_TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 8;
const MAX_RETRY_AFTER_MS = 60_000;
const CONTENT_RANGE = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/;
const SHA256 = /^"?([0-9a-f]{64})"?$/;

/** The model hub, or a mirror that speaks as it does: `<endpoint>/<repository>/resolve/<revision>/<path>`. */
export function createHubSource(options: HubSourceOptions): ModelSource {
  const { endpoint, token, idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS } = options;
  return {
    label: endpoint,
    async open(file, resume, signal) {
      const idle = createIdleTimer(idleTimeoutMs);
      const request: HubRequest = { endpoint, token, signal: AbortSignal.any([signal, idle.signal]) };
      try {
        const { response, linkedSha256 } = await follow(request, file, resume);
        return toStream(response, linkedSha256, idle);
      } catch (error) {
        idle.abort();
        signal.throwIfAborted();
        throw error;
      }
    },
  };
}

interface HubRequest {
  endpoint: string;
  token: string | undefined;
  signal: AbortSignal;
}

/** The answer at the end of all redirects. The hub tells the digest of a large file on the way there. */
async function follow(request: HubRequest, file: StoreFile, resume: ResumePoint | undefined) {
  const origin = new URL(request.endpoint).origin;
  let url = new URL(`${request.endpoint}/${file.repo}/resolve/${file.revision}/${file.path}`);
  let linkedSha256: string | undefined;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const headers = headersFor(resume, url.origin === origin ? request.token : undefined);
    const response = await send(url, headers, request.signal);
    linkedSha256 ??= SHA256.exec(response.headers.get('x-linked-etag') ?? '')?.[1];
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) {
      if (response.status === 200 || response.status === 206) return { response, linkedSha256 };
      await response.body?.cancel();
      if (response.status === 416 && resume !== undefined) {
        if (response.headers.get('content-range') === `bytes */${resume.offset}`) return { response, linkedSha256 };
        // What is there is no start of this file; the whole of it is another request.
        return follow(request, file, undefined);
      }
      throw refusal(response, file, request);
    }
    await response.body?.cancel();
    url = nextUrl(url, location);
  }
  throw new AppError('model.download_failed', `${origin} redirects ${file.label} more than ${MAX_REDIRECTS} times.`);
}

function headersFor(resume: ResumePoint | undefined, token: string | undefined): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'hy3d' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (resume) headers.range = `bytes=${resume.offset}-`;
  if (resume?.etag) headers['if-range'] = resume.etag;
  return headers;
}

async function send(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    throw new TransientError(`${url.origin} does not answer: ${errorMessageOf(error)}`);
  }
}

function nextUrl(from: URL, location: string): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:');
  if (url !== undefined && isSafe) return url;
  throw new AppError('model.download_failed', `${from.origin} redirects to ${location}, which is not a safe address.`);
}

function refusal(response: Response, file: StoreFile, { endpoint, token }: HubRequest): Error {
  const { status } = response;
  if (status === 408 || status === 429 || status >= 500) {
    return new TransientError(`${endpoint} answers ${status}`, retryAfterMs(response));
  }
  if (status === 404) {
    const advice = 'check HF_ENDPOINT, or name another revision in manifest.json';
    return new AppError('model.missing', `${endpoint} has no ${file.label} at revision ${file.revision}; ${advice}.`);
  }
  if (status === 401 || status === 403) {
    const advice = token
      ? 'the token in HF_TOKEN may not read it'
      : 'if the repository is gated, accept its terms there and set HF_TOKEN to a token that may read it';
    return new AppError('model.download_failed', `${endpoint} refuses ${file.label} (${status}): ${advice}.`);
  }
  return new AppError('model.download_failed', `${endpoint} answers ${status} for ${file.label}, expected the file.`);
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return seconds >= 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : undefined;
}

/** The answer 416 says that everything is there already. */
function toStream(response: Response, linkedSha256: string | undefined, idle: IdleTimer): FileStream {
  const { headers, status, body } = response;
  const length = headers.get('content-length');
  const range = status === 200 ? undefined : CONTENT_RANGE.exec(headers.get('content-range') ?? '');
  if (range === null) throw new TransientError('the answer to a range does not say which one it is');
  const etag = headers.get('etag') ?? undefined;
  return {
    start: range ? Number(range[1] ?? range[2]) : 0,
    totalBytes: range ? Number(range[2]) : length === null ? undefined : Number(length),
    etag: etag?.startsWith('W/') ? undefined : etag,
    sha256: linkedSha256,
    body: readBody(status === 416 ? null : body, idle),
    close: idle.abort,
  };
}

async function* readBody(body: AsyncIterable<Uint8Array> | null, idle: IdleTimer): AsyncGenerator<Uint8Array> {
  try {
    idle.restart();
    for await (const chunk of body ?? []) {
      idle.stop();
      yield chunk;
      idle.restart();
    }
  } catch (error) {
    throw new TransientError(`the connection was cut: ${errorMessageOf(error)}`);
  } finally {
    idle.stop();
  }
}

interface IdleTimer {
  readonly signal: AbortSignal;
  stop(): void;
  restart(): void;
  /** Stops, and ends whatever listens to the signal. */
  abort(): void;
}

/** Aborts its signal when it has run for `timeoutMs`; starts running. */
function createIdleTimer(timeoutMs: number): IdleTimer {
  const controller = new AbortController();
  const start = () => setTimeout(() => controller.abort(new Error(`silent for ${timeoutMs / 1000} s`)), timeoutMs);
  let timer = start();
  return {
    signal: controller.signal,
    stop: () => clearTimeout(timer),
    abort: () => {
      clearTimeout(timer);
      controller.abort();
    },
    restart: () => {
      clearTimeout(timer);
      timer = start();
    },
  };
}
