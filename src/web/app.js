/** The page: pictures and options in, a job to follow, a model to turn. */
import { createJob } from './api.js';
import { element } from './dom.js';
import { createJobList } from './job-list.js';
import { createJobView } from './job-view.js';
import { createPictureSlots } from './picture-slots.js';

const form = /** @type {HTMLFormElement} */ (element('form'));
const submit = /** @type {HTMLButtonElement} */ (element('submit'));
const formError = element('form-error');

const slots = createPictureSlots(element('slots'), {
  onChange() {
    submit.disabled = !slots.hasFront();
    showError('');
  },
  onError: showError,
});
const jobView = createJobView({ onEnd: () => void jobList.refresh() });
const jobList = createJobList({ onChoose: open });

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  submit.disabled = true;
  try {
    const id = await createJob(slots.images(), readOptions());
    open(id);
    void jobList.refresh();
  } catch (error) {
    showError(error instanceof Error ? error.message : String(error));
  } finally {
    submit.disabled = !slots.hasFront();
  }
});

/** @param {string} id */
function open(id) {
  location.hash = id;
  jobView.show(id);
  element('result').focus({ preventScroll: false });
}

/** @param {string} message */
function showError(message) {
  formError.textContent = message;
  formError.hidden = message === '';
}

/** @returns {Record<string, unknown>} only what differs from the defaults */
function readOptions() {
  const data = new FormData(form);
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const name of ['should_texture', 'enable_pbr', 'should_remesh']) options[name] = data.has(name);
  for (const name of ['face_count', 'texture_size', 'seed']) {
    const value = data.get(name);
    if (value) options[name] = Number(value);
  }
  const format = data.get('texture_format');
  if (format) options.texture_format = format;
  return options;
}

async function showExamples() {
  /** @type {{ name: string, title: string, views: string[] }[]} */
  const examples = await (await fetch('/assets/examples/index.json')).json();
  element('examples').replaceChildren(
    ...examples.map((example) => {
      const button = Object.assign(document.createElement('button'), { type: 'button' });
      const picture = { src: `/assets/examples/${example.name}/front.png`, alt: `Example: ${example.title}` };
      button.append(Object.assign(document.createElement('img'), picture));
      button.addEventListener('click', async () => {
        slots.clear();
        for (const view of example.views) {
          const response = await fetch(`/assets/examples/${example.name}/${view}.png`);
          await slots.setFile(view, await response.blob());
        }
      });
      return button;
    }),
  );
}

void showExamples();
void jobList.refresh();
if (location.hash.length > 1) jobView.show(location.hash.slice(1));
