/** The result side of the page: live progress of one job, then its model or why there is none. */
import { cancelJob, followJob } from './api.js';
import { announce, create, element, formatSeconds, messageOf } from './dom.js';
import { createJobResult } from './job-result.js';
import { STAGE_TITLES, stageTitle } from './stages.js';

/** @typedef {import('./api.js').JobStatus} JobStatus */

const PANELS = ['empty', 'working', 'ended', 'model'];
/** An estimate above this is shown in steps of five seconds: it is not exact to the second. */
const COARSE_ETA_SECONDS = 20;

/** @param {{ onChange: () => void }} callbacks called when the job starts to run and when it has ended */
export function createJobView({ onChange }) {
  const bar = /** @type {HTMLProgressElement} */ (element('progress'));
  const picture = /** @type {HTMLImageElement} */ (element('working-picture'));
  const cancel = /** @type {HTMLButtonElement} */ (element('cancel'));
  const warnings = element('warnings');
  const result = createJobResult();
  const steps = new Map(Object.entries(STAGE_TITLES).map(([name, title]) => [name, create('li', {}, title)]));
  element('stages').replaceChildren(...steps.values());
  let stop = () => {};
  let current = '';
  let lastState = '';

  cancel.addEventListener('click', async () => {
    const id = current;
    cancel.disabled = true;
    cancel.textContent = 'Cancelling…';
    try {
      await cancelJob(id);
    } catch (error) {
      if (id === current) {
        element('eta').textContent = messageOf(error);
        resetCancel();
      }
    }
  });

  function resetCancel() {
    cancel.disabled = false;
    cancel.textContent = 'Cancel';
  }

  /** @param {string} name */
  function showPanel(name) {
    for (const panel of PANELS) element(panel).hidden = panel !== name;
  }

  function clear() {
    stop();
    current = '';
    lastState = '';
    result.clear();
    renderWarnings([]);
    showPanel('empty');
  }

  /**
   * @param {string} id
   * @param {string} [pictureUrl] to look at during the wait
   */
  function show(id, pictureUrl) {
    clear();
    current = id;
    resetCancel();
    picture.hidden = pictureUrl === undefined;
    if (pictureUrl) picture.src = pictureUrl;
    stop = followJob(id, {
      onStatus: render,
      onInterrupted: () => {
        element('eta').textContent = 'Connection lost; trying again…';
      },
      onLost: (message) => renderEnd('Nothing to show', message),
    });
  }

  /** @param {JobStatus} status */
  function render(status) {
    renderWarnings(status.warnings);
    if (status.status === 'completed') {
      showPanel('model');
      result.show(status);
      announce('The model is finished.');
    } else if (status.status === 'failed') {
      const isCancelled = status.error_code === 'cancelled';
      renderEnd(isCancelled ? 'Cancelled' : 'No model was made', isCancelled ? '' : (status.error ?? ''));
    } else {
      showPanel('working');
      renderProgress(status);
    }
    if (status.status !== lastState && status.status !== 'queued') onChange();
    lastState = status.status;
  }

  /** @param {JobStatus} status */
  function renderProgress(status) {
    const isQueued = status.status === 'queued';
    const title = isQueued ? `Waiting, position ${status.queue_position ?? 1}` : stageTitle(status.stage);
    element('stage').textContent = title;
    element('percent').textContent = isQueued ? '' : `${status.progress} %`;
    bar.value = status.progress;
    element('eta').textContent = etaText(status.eta_seconds);
    announce(title);
    const names = [...steps.keys()];
    const index = names.indexOf(status.stage ?? '');
    for (const [i, item] of [...steps.values()].entries()) {
      item.classList.toggle('done', i < index);
      if (i === index) item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
    }
  }

  /**
   * @param {string} title
   * @param {string} reason
   */
  function renderEnd(title, reason) {
    element('ended').classList.toggle('failed', reason !== '');
    element('ended-title').textContent = title;
    element('ended-reason').textContent = reason;
    showPanel('ended');
    announce(`${title}. ${reason}`);
  }

  /** @param {string[]} messages */
  function renderWarnings(messages) {
    warnings.hidden = messages.length === 0;
    warnings.replaceChildren(...messages.map((message) => create('li', { textContent: message })));
  }

  return { show, clear };
}

/** @param {number | undefined} seconds */
function etaText(seconds) {
  if (seconds === undefined) return 'Time left is not known yet';
  if (seconds < 1) return 'Almost done';
  return `About ${formatSeconds(seconds > COARSE_ETA_SECONDS ? 5 * Math.round(seconds / 5) : seconds)} left`;
}
