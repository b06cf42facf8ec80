/** The list of the server's jobs, kept up to date; choosing one shows it. */
import { listJobs, sameOrigin } from './api.js';
import { create, createIcon, element, messageOf } from './dom.js';

/** @typedef {import('./api.js').JobStatus} JobStatus */

const FIRST_SHOWN = 12;
const BUSY_REFRESH_MS = 2000;
const IDLE_REFRESH_MS = 15_000;

/** @param {{ onChoose: (id: string) => void }} callbacks */
export function createJobList({ onChoose }) {
  const list = element('jobs');
  const note = element('jobs-note');
  const more = element('jobs-more');
  /** @type {Map<string, ReturnType<typeof createEntry>>} */
  const entries = new Map();
  let limit = FIRST_SHOWN;
  let currentId = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function refresh() {
    clearTimeout(timer);
    let isBusy = false;
    try {
      const jobs = await listJobs();
      isBusy = jobs.some((job) => job.status === 'queued' || job.status === 'processing');
      render(jobs);
    } catch (error) {
      say(messageOf(error));
    }
    clearTimeout(timer);
    timer = setTimeout(() => !document.hidden && void refresh(), isBusy ? BUSY_REFRESH_MS : IDLE_REFRESH_MS);
  }

  /** Entries are changed in place, so that the focus stays where it is. @param {JobStatus[]} jobs */
  function render(jobs) {
    say(jobs.length === 0 ? 'No jobs yet.' : '');
    more.hidden = jobs.length <= limit;
    more.textContent = `Show all ${jobs.length}`;
    const shown = jobs.slice(0, limit);
    const ids = new Set(shown.map((job) => job.job_id));
    for (const [id, { node }] of entries) {
      if (ids.has(id)) continue;
      node.remove();
      entries.delete(id);
    }
    for (const [i, job] of shown.entries()) {
      const entry = entries.get(job.job_id) ?? createEntry(job, onChoose);
      entries.set(job.job_id, entry);
      entry.update(job);
      const inPlace = list.children[i] ?? null;
      if (inPlace !== entry.node) list.insertBefore(entry.node, inPlace);
    }
    markCurrent(currentId);
  }

  /** @param {string} id */
  function markCurrent(id) {
    currentId = id;
    for (const [jobId, { button }] of entries) {
      if (jobId === id) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
  }

  /** @param {string} message */
  function say(message) {
    note.textContent = message;
    note.hidden = message === '';
  }

  more.addEventListener('click', () => {
    limit = Number.POSITIVE_INFINITY;
    void refresh();
  });
  document.addEventListener('visibilitychange', () => !document.hidden && void refresh());
  void refresh();
  return { refresh, markCurrent };
}

/**
 * @param {JobStatus} job
 * @param {(id: string) => void} onChoose
 */
function createEntry(job, onChoose) {
  const picture = create('span', { className: 'picture' }, createIcon('cube'));
  const state = create('span', { className: 'state' });
  const when = create('small', { textContent: formatTime(job.created_at), title: job.job_id });
  const button = create('button', { type: 'button' }, picture, state, when);
  button.addEventListener('click', () => onChoose(job.job_id));
  let shownStatus = '';

  /** @param {JobStatus} newest */
  function update(newest) {
    const text = stateText(newest);
    if (state.textContent !== text) state.textContent = text;
    if (newest.status === shownStatus) return;
    shownStatus = newest.status;
    button.dataset.status = newest.error_code === 'cancelled' ? 'cancelled' : newest.status;
    if (button.dataset.status === 'failed') picture.replaceChildren(createIcon('alert'));
    const preview = newest.model_urls?.preview;
    if (preview) picture.replaceChildren(create('img', { src: sameOrigin(preview), alt: '', loading: 'lazy' }));
  }

  return { node: create('li', {}, button), button, update };
}

/** @param {JobStatus} job */
function stateText(job) {
  if (job.status === 'completed') return 'Finished';
  if (job.status === 'failed') return job.error_code === 'cancelled' ? 'Cancelled' : 'Failed';
  return job.status === 'queued' ? `Waiting, position ${job.queue_position ?? 1}` : `Running, ${job.progress} %`;
}

/** @param {string} iso */
function formatTime(iso) {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = { hour: /** @type {const} */ ('2-digit'), minute: /** @type {const} */ ('2-digit') };
  return isToday
    ? date.toLocaleTimeString([], time)
    : date.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}
