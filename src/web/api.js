/**
 * The calls that the page makes to the server. Paths are relative to the page, so that it also works below a prefix.
 * @typedef {{ status: 'queued' | 'processing' | 'completed' | 'failed', progress: number, job_id: string,
 *   model_urls?: { glb: string, preview: string, sheet: string, report: string } & Record<string, string>, error?: string,
 *   error_code?: string, stage?: string, stage_progress?: number, queue_position?: number, eta_seconds?: number,
 *   created_at: string, started_at?: string, finished_at?: string, warnings: string[],
 *   engine?: { name: string, reason: string, licence: string }, timings: Record<string, number>,
 *   views: Record<string, { shape: boolean, texture: boolean, note?: string }>,
 *   summary?: { faces: number, vertices: number, watertight: boolean }, events_url?: string }} JobStatus
 *
 * @typedef {{ mesh: { faces: number, vertices: number, watertight: boolean, components: number, genus: number },
 *   uv?: { charts: number, coverage: number, overlap: number },
 *   textures?: { name: string, width: number, height: number, bytes: number }[],
 *   views: Record<string, { silhouetteIou?: number, colorError?: number }>,
 *   timingsMs: Record<string, number> }} JobReport
 */

import { getApiKey } from './api-key.js';

const UNREACHABLE = 'The server cannot be reached. Check that it is still running, then try again.';

/** Pause before a stream that was refused is opened again. */
const REOPEN_MS = 3000;

let reportUnauthorized = () => {};

/** @param {() => void} callback called whenever the server asks for a key or refuses the one that it got */
export function onUnauthorized(callback) {
  reportUnauthorized = callback;
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @throws {Error} whose message is a sentence for people
 */
async function request(path, init) {
  const headers = new Headers(init?.headers);
  const key = getApiKey();
  if (key) headers.set('authorization', `Bearer ${key}`);
  const response = await fetch(path, { ...init, headers }).catch(() => {
    throw new Error(UNREACHABLE);
  });
  if (response.status === 401) reportUnauthorized();
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `The server answered with status ${response.status}.`);
  return body;
}

/**
 * @param {Record<string, string>} images data URLs by view
 * @param {Record<string, unknown>} options
 * @returns {Promise<string>} the id of the new job
 */
export async function createJob(images, options) {
  const { job_id } = await request('api/generate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ images, options }),
  });
  return job_id;
}

/** @returns {Promise<JobStatus[]>} newest first */
export async function listJobs() {
  return (await request('api/jobs')).jobs;
}

/**
 * @param {string} id
 * @returns {Promise<JobStatus>} as it is once the job has ended
 */
export function cancelJob(id) {
  return request(`api/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/**
 * @param {string} id
 * @returns {Promise<JobStatus>}
 */
export function getStatus(id) {
  return request(`api/status?job_id=${encodeURIComponent(id)}`);
}

/**
 * @param {string} url
 * @returns {Promise<JobReport>}
 */
export function getReport(url) {
  return request(sameOrigin(url));
}

/**
 * The path of a URL in an answer: the page may have been opened under another name of the same server than the one
 * that the server gives out, and may load nothing from elsewhere.
 * @param {string} url
 */
export function sameOrigin(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/**
 * The address under which the browser saves a file instead of showing it.
 * @param {string} url
 */
export function downloadUrl(url) {
  const target = new URL(sameOrigin(url), location.href);
  target.searchParams.set('download', '1');
  return sameOrigin(target.href);
}

/**
 * The address of the events of a job. An `EventSource` cannot send a key, so the server gives out an address with a
 * token where one is needed.
 * @param {string} id
 */
async function eventsUrl(id) {
  const events = getApiKey() ? (await getStatus(id)).events_url : undefined;
  return events ? sameOrigin(events) : `api/events?job_id=${encodeURIComponent(id)}`;
}

/**
 * Follows a job until its end. The browser reconnects by itself and the server replays what was missed.
 * @param {string} id
 * @param {{ onStatus: (status: JobStatus) => void, onInterrupted: () => void, onLost: (message: string) => void }} callbacks
 *   `onLost` is called at most once: nothing comes afterwards
 * @returns {() => void} stops following
 */
export function followJob(id, { onStatus, onInterrupted, onLost }) {
  let isOver = false;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = () => {
    isOver = true;
    source?.close();
    clearTimeout(timer);
  };
  const handle = (/** @type {JobStatus} */ status) => {
    if (isOver) return;
    if (status.status === 'completed' || status.status === 'failed') stop();
    onStatus(status);
  };
  const lose = (/** @type {unknown} */ error) => {
    if (isOver) return;
    stop();
    onLost(error instanceof Error ? error.message : String(error));
  };
  const open = async () => {
    const url = await eventsUrl(id);
    if (isOver) return;
    source = new EventSource(url);
    for (const type of ['state', 'stage', 'progress', 'warning']) {
      source.addEventListener(type, (event) => handle(JSON.parse(event.data)));
    }
    source.addEventListener('error', async () => {
      if (isOver) return;
      if (source?.readyState !== EventSource.CLOSED) return onInterrupted();
      // The stream was refused, and an EventSource does not tell why; the status does, and goes on in its place.
      await getStatus(id).then(handle, lose);
      if (!isOver) timer = setTimeout(() => open().catch(lose), REOPEN_MS);
    });
  };
  open().catch(lose);
  return stop;
}
