/** The result side of the page: live progress of one job, then its model. */
import { cancelJob, followJob } from './api.js';
import { element, formatSeconds } from './dom.js';

/** @typedef {import('./api.js').JobStatus} JobStatus */

const STAGES = ['decode', 'foreground', 'shape', 'surface', 'mesh', 'unwrap', 'texture', 'export'];

/** @param {{ onEnd: () => void }} callbacks */
export function createJobView({ onEnd }) {
  const viewer = element('viewer');
  const panel = element('progress-panel');
  const text = element('progress-text');
  const bar = /** @type {HTMLProgressElement} */ (element('progress'));
  const stages = element('stages');
  const cancel = /** @type {HTMLButtonElement} */ (element('cancel'));
  const error = element('job-error');
  const warnings = element('warnings');
  const done = element('done-panel');
  let stop = () => {};
  let current = '';
  let announced = '';

  stages.replaceChildren(...STAGES.map((name) => Object.assign(document.createElement('li'), { textContent: name })));
  cancel.addEventListener('click', async () => {
    cancel.disabled = true;
    await cancelJob(current).catch(() => undefined);
  });

  /** @param {string} id */
  function show(id) {
    stop();
    current = id;
    announced = '';
    cancel.disabled = false;
    error.hidden = true;
    warnings.hidden = true;
    done.hidden = true;
    viewer.replaceChildren();
    stop = followJob(id, render);
  }

  /** @param {JobStatus} status */
  function render(status) {
    const running = status.status === 'queued' || status.status === 'processing';
    panel.hidden = !running;
    if (running) renderProgress(status);
    renderWarnings(status.warnings ?? []);
    if (status.status === 'completed') renderModel(status);
    if (status.status === 'failed') {
      viewer.replaceChildren(placeholder(status.error_code === 'cancelled' ? 'Cancelled.' : 'No model was made.'));
      error.textContent = status.error ?? 'The job failed.';
      error.hidden = status.error_code === 'cancelled';
    }
    if (!running) onEnd();
  }

  /** @param {JobStatus} status */
  function renderProgress(status) {
    if (viewer.childElementCount === 0) viewer.append(placeholder('Working on it…'));
    bar.value = status.progress;
    const eta = status.eta_seconds === undefined ? '' : `, about ${formatSeconds(status.eta_seconds)} left`;
    const where =
      status.status === 'queued'
        ? `Queued, position ${status.queue_position ?? '?'}`
        : `Stage: ${status.stage ?? 'starting'}`;
    const percent = status.status === 'queued' ? '' : ` · ${Math.round(status.progress)} %`;
    if (where !== announced) text.setAttribute('aria-live', 'polite');
    else text.setAttribute('aria-live', 'off');
    announced = where;
    text.textContent = `${where}${percent}${eta}`;
    const index = STAGES.indexOf(status.stage ?? '');
    for (const [i, item] of [...stages.children].entries()) {
      item.classList.toggle('done', i < index);
      if (i === index) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    }
  }

  /** @param {string[]} messages */
  function renderWarnings(messages) {
    warnings.hidden = messages.length === 0;
    warnings.replaceChildren(
      ...messages.map((message) => Object.assign(document.createElement('li'), { textContent: message })),
    );
  }

  /** @param {JobStatus} status */
  function renderModel(status) {
    const urls = status.model_urls;
    if (!urls) return;
    const model = document.createElement('model-viewer');
    for (const [name, value] of Object.entries({
      src: urls.glb,
      alt: 'The finished model; drag or use the arrow keys to turn it',
      'camera-controls': '',
      'auto-rotate': '',
      'shadow-intensity': '0.6',
      'tone-mapping': 'neutral',
      'interaction-prompt': 'none',
    })) {
      model.setAttribute(name, value);
    }
    viewer.replaceChildren(model);
    const download = /** @type {HTMLAnchorElement} */ (element('download'));
    download.href = `${urls.glb}?download=1`;
    linkTo('open-report', urls.report);
    linkTo('open-sheet', urls.sheet);
    const preview = /** @type {HTMLImageElement} */ (element('preview'));
    preview.hidden = urls.preview === undefined;
    if (urls.preview) preview.src = urls.preview;
    done.hidden = false;
    if (urls.report) void renderFacts(urls.report, status);
  }

  /**
   * @param {string} url
   * @param {JobStatus} status
   */
  async function renderFacts(url, status) {
    const report = await (await fetch(url)).json();
    const seconds = Object.values(status.timings ?? {}).reduce((sum, value) => sum + value, 0);
    /** @type {[string, string][]} */
    const facts = [
      ['Triangles', Number(report.mesh.faces).toLocaleString()],
      ['Closed surface', report.mesh.watertight ? 'yes' : 'no'],
      ['Engine', status.engine?.name ?? ''],
      ['Time', formatSeconds(seconds)],
    ];
    for (const [name, use] of Object.entries(status.views ?? {})) {
      const uses = [use.shape && 'shape', use.texture && 'texture'].filter(Boolean).join(' and ') || 'not used';
      facts.push([`Picture ${name}`, use.note ? `${uses} (${use.note})` : uses]);
    }
    element('facts').replaceChildren(
      ...facts.flatMap(([term, value]) => [
        Object.assign(document.createElement('dt'), { textContent: term }),
        Object.assign(document.createElement('dd'), { textContent: value }),
      ]),
    );
  }

  return { show };
}

/**
 * @param {string} id
 * @param {string | undefined} url
 */
function linkTo(id, url) {
  const link = /** @type {HTMLAnchorElement} */ (element(id));
  link.hidden = url === undefined;
  if (url) link.href = url;
}

/** @param {string} message */
function placeholder(message) {
  return Object.assign(document.createElement('p'), { className: 'placeholder', textContent: message });
}
