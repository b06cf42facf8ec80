/** Pictures that come with the program, to try it without any of one's own. */
import { create, element } from './dom.js';
import { readDataUrl } from './picture-file.js';

/** @typedef {import('./picture-file.js').ViewName} ViewName */
/** @typedef {import('./picture-slots.js').Picture} Picture */
/** @typedef {{ name: string, title: string, views: ViewName[] }} Example */

/**
 * @param {{ onChoose: (pictures: Map<ViewName, Picture>, title: string) => void,
 *   onError: (message: string) => void }} callbacks
 */
export function createExampleGallery({ onChoose, onError }) {
  const root = element('examples');
  /** @type {Example | undefined} */
  let chosen;

  /** @param {Example | undefined} example */
  function mark(example) {
    chosen = example;
    for (const button of root.children) {
      button.setAttribute('aria-pressed', String(button.id === `example-${example?.name}`));
    }
  }

  /** @param {Example} example */
  async function choose(example) {
    mark(example);
    const isFrontOnly = new FormData(/** @type {HTMLFormElement} */ (element('form'))).get('example_views') === 'front';
    try {
      const views = example.views.filter((view) => view === 'front' || !isFrontOnly);
      const pictures = await Promise.all(views.map((view) => loadPicture(example.name, view)));
      // Another one may have been chosen in the meantime.
      if (chosen === example) onChoose(new Map(pictures), example.title);
    } catch {
      onError('The pictures of this example cannot be loaded. Check that the server is still running.');
    }
  }

  async function load() {
    /** @type {Example[]} */
    const examples = await (await fetch('assets/examples/index.json')).json();
    root.replaceChildren(...examples.map((example) => createButton(example, () => void choose(example))));
    mark(undefined);
    for (const choice of document.getElementsByName('example_views')) {
      choice.addEventListener('change', () => chosen && void choose(chosen));
    }
  }
  load().catch(() => onError('The examples cannot be loaded. Check that the server is still running.'));

  return {
    /** The pictures are no longer those of an example. */
    forget: () => mark(undefined),
  };
}

/**
 * @param {Example} example
 * @param {() => void} onClick
 */
function createButton({ name, title }, onClick) {
  const image = create('img', { src: `assets/examples/${name}/front.png`, alt: title, width: 512, height: 512 });
  const button = create('button', { type: 'button', id: `example-${name}`, title: `Use ${title}` }, image);
  button.addEventListener('click', onClick);
  return button;
}

/**
 * @param {string} name
 * @param {ViewName} view
 * @returns {Promise<[ViewName, Picture]>}
 */
async function loadPicture(name, view) {
  const response = await fetch(`assets/examples/${name}/${view}.png`);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return [view, { name: `${name} ${view}`, dataUrl: await readDataUrl(await response.blob()) }];
}
