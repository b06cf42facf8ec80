/** The page: pictures and options in, a job to follow, a model to turn. The job on show stands in the URL's hash. */
import { createJob } from './api.js';
import { announce, element, messageOf } from './dom.js';
import { createExampleGallery } from './example-gallery.js';
import { createJobList } from './job-list.js';
import { createJobView } from './job-view.js';
import { createKeyForm } from './key-form.js';
import { prepareOptions, readOptions } from './options-form.js';
import { createPictureSlots } from './picture-slots.js';

const JOB_ID = /^[0-9a-f-]{36}$/;
const form = /** @type {HTMLFormElement} */ (element('form'));
const submit = /** @type {HTMLButtonElement} */ (element('submit'));
const formError = element('form-error');
const result = element('result');

const slots = createPictureSlots(element('slots'), {
  onChange() {
    examples.forget();
    showError('');
  },
  onError: showError,
});
const examples = createExampleGallery({
  onChoose(pictures, title) {
    slots.replaceAll(pictures);
    showError('');
    announce(`Loaded ${title}: ${[...pictures.keys()].join(', ')}.`);
  },
  onError: showError,
});
createKeyForm({
  onKey() {
    showError('');
    void jobList.refresh();
    showFromUrl();
  },
});
const jobList = createJobList({ onChoose: open });
const jobView = createJobView({ onChange: () => void jobList.refresh() });
prepareOptions();

let isSending = false;
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (isSending) return;
  showError('');
  const front = slots.front();
  if (!front) {
    showError('Add a picture of the front first.');
    slots.focusFront();
    return;
  }
  setSending(true);
  try {
    open(await createJob(slots.images(), readOptions()), front);
    void jobList.refresh();
  } catch (error) {
    showError(messageOf(error));
  } finally {
    setSending(false);
  }
});

/** @param {boolean} value */
function setSending(value) {
  isSending = value;
  submit.setAttribute('aria-disabled', String(value));
  submit.textContent = value ? 'Sending…' : 'Make the model';
}

/**
 * @param {string} id
 * @param {string} [picture] to look at during the wait
 */
function open(id, picture) {
  history.pushState(null, '', `#${id}`);
  show(id, picture);
  result.focus({ preventScroll: true });
  result.scrollIntoView({ block: 'nearest' });
}

/**
 * @param {string} id
 * @param {string} [picture]
 */
function show(id, picture) {
  jobView.show(id, picture);
  jobList.markCurrent(id);
}

function showFromUrl() {
  const id = location.hash.slice(1);
  if (JOB_ID.test(id)) show(id);
  else if (id === '') jobView.clear();
}

/** @param {string} message */
function showError(message) {
  formError.textContent = message;
  formError.hidden = message === '';
}

element('skip').addEventListener('click', (event) => {
  event.preventDefault();
  result.focus();
});
window.addEventListener('hashchange', showFromUrl);
showFromUrl();
