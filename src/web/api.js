/**
 * The calls that the page makes to the server. Paths are relative to the page, so that it also works below a prefix.
 * @typedef {{ status: 'queued' | 'processing' | 'completed' | 'failed', progress: number, job_id: string,
 *   model_urls?: { glb: string, preview: string, sheet: string, report: string } & Record<string, string>, error?: string,
 *   error_code?: string, stage?: string, stage_progress?: number, queue_position?: number, eta_seconds?: number,
 *   created_at: string, started_at?: string, finished_at?: string, warnings: string[],
 *   engine?: { name: string, reason: string, licence: string }, timings: Record<string, number>,
 *   views: Record<string, { shape: boolean, texture: boolean, note?: string }>,
 *   summary?: { faces: number, vertices: number, watertight: boolean } }} JobStatus
 *
 * @typedef {{ mesh: { faces: number, vertices: number, watertight: boolean, components: number, genus: number },
 *   uv?: { charts: number, coverage: number, overlap: number },
 *   textures?: { name: string, width: number, height: number, bytes: number }[],
 *   views: Record<string, { silhouetteIou?: number, colorError?: number }>,
 *   timingsMs: Record<string, number> }} JobReport
 */

const UNREACHABLE = 'The server cannot be reached. Check that it is still running, then try again.';

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @throws {Error} whose message is a sentence for people
 */
async function request(path, init) {
  const response = await fetch(path, init).catch(() => {
    throw new Error(UNREACHABLE);
  });
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
  return new URL(url, location.href).pathname;
}

/**
 * Follows a job until its end. The browser reconnects by itself and the server replays what was missed.
 * @param {string} id
 * @param {{ onStatus: (status: JobStatus) => void, onInterrupted: () => void, onLost: (message: string) => void }} callbacks
 *   `onLost` is called at most once: nothing comes afterwards
 * @returns {() => void} stops following
 */
export function followJob(id, { onStatus, onInterrupted, onLost }) {
  const source = new EventSource(`api/events?job_id=${encodeURIComponent(id)}`);
  let isOver = false;
  const stop = () => {
    isOver = true;
    source.close();
  };
  const handle = (/** @type {JobStatus} */ status) => {
    if (isOver) return;
    if (status.status === 'completed' || status.status === 'failed') stop();
    onStatus(status);
  };
  for (const type of ['state', 'stage', 'progress', 'warning']) {
    source.addEventListener(type, (event) => handle(JSON.parse(event.data)));
  }
  source.addEventListener('error', async () => {
    if (isOver) return;
    if (source.readyState !== EventSource.CLOSED) return onInterrupted();
    // The stream was refused, and an EventSource does not tell why; the status does.
    try {
      handle(await getStatus(id));
      if (!isOver) onLost('The server stopped reporting on this job. Reload the page to see how it went on.');
    } catch (error) {
      if (!isOver) onLost(error instanceof Error ? error.message : String(error));
    }
  });
  return stop;
}
