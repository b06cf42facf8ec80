/**
 * The calls that the page makes to the server.
 * @typedef {{ status: 'queued' | 'processing' | 'completed' | 'failed', progress: number, job_id?: string,
 *   model_urls?: { glb: string, preview?: string, sheet?: string, report?: string }, error?: string,
 *   error_code?: string, stage?: string, stage_progress?: number, queue_position?: number, eta_seconds?: number,
 *   created_at?: string, warnings?: string[], engine?: { name: string, reason: string },
 *   views?: Record<string, { shape: boolean, texture: boolean, note?: string }>,
 *   timings?: Record<string, number> }} JobStatus
 */

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function request(path, init) {
  const response = await fetch(path, init);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? `the server answered ${response.status}`);
  return body;
}

/**
 * @param {Record<string, string>} images data URLs by view
 * @param {Record<string, unknown>} options
 * @returns {Promise<string>} the id of the new job
 */
export async function createJob(images, options) {
  const { job_id } = await request('/api/generate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ images, options }),
  });
  return job_id;
}

/** @returns {Promise<JobStatus[]>} newest first */
export async function listJobs() {
  return (await request('/api/jobs')).jobs;
}

/** @param {string} id */
export function cancelJob(id) {
  return request(`/api/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/**
 * @param {string} id
 * @returns {Promise<JobStatus>}
 */
export function getStatus(id) {
  return request(`/api/status?job_id=${encodeURIComponent(id)}`);
}

/**
 * Follows a job until its end. The browser reconnects by itself and the server replays what was missed.
 * @param {string} id
 * @param {(status: JobStatus) => void} onStatus
 * @returns {() => void} stops following
 */
export function followJob(id, onStatus) {
  const source = new EventSource(`/api/events?job_id=${encodeURIComponent(id)}`);
  const handle = (/** @type {MessageEvent<string>} */ event) => {
    /** @type {JobStatus} */
    const status = JSON.parse(event.data);
    if (status.status === 'completed' || status.status === 'failed') source.close();
    onStatus(status);
  };
  for (const type of ['state', 'stage', 'progress', 'warning']) source.addEventListener(type, handle);
  return () => source.close();
}
