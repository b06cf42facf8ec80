/** The four places for pictures: drop, paste or pick, look, remove. */
import { announce, create, createIcon, messageOf } from './dom.js';
import { ACCEPTED_TYPES, isAccepted, placeFiles, readDataUrl, VIEWS } from './picture-file.js';

/** @typedef {import('./picture-file.js').ViewName} ViewName */
/** @typedef {{ name: string, dataUrl: string }} Picture */

/**
 * @param {HTMLElement} root
 * @param {{ onChange: () => void, onError: (message: string) => void }} callbacks `onChange` is called when people,
 *   not `replaceAll`, have changed the pictures
 */
export function createPictureSlots(root, { onChange, onError }) {
  /** @type {Map<ViewName, Picture>} */
  const pictures = new Map();
  const slots = new Map(VIEWS.map(([view, title]) => [view, createSlot(view, title)]));
  root.append(...[...slots.values()].map((slot) => slot.node));

  /**
   * @param {ViewName} view
   * @param {string} title
   */
  function createSlot(view, title) {
    const input = create('input', { type: 'file', accept: ACCEPTED_TYPES, id: `picture-${view}` });
    input.className = 'visually-hidden';
    const label = create('label', { htmlFor: input.id });
    const remove = create('button', { type: 'button', className: 'remove', hidden: true }, createIcon('remove'));
    remove.setAttribute('aria-label', `Remove the ${view} picture`);
    const node = create('div', { className: `slot ${view}` }, input, label, remove);

    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      input.value = '';
      void addFiles(files, view);
    });
    remove.addEventListener('click', () => {
      pictures.delete(view);
      slot.render();
      announce(`${title} picture removed.`);
      onChange();
      input.focus();
    });
    node.addEventListener('dragover', () => node.classList.add('over'));
    for (const type of ['dragleave', 'drop']) node.addEventListener(type, () => node.classList.remove('over'));

    const slot = {
      node,
      render() {
        const picture = pictures.get(view);
        node.classList.toggle('filled', picture !== undefined);
        remove.hidden = picture === undefined;
        const need = view === 'front' ? 'needed' : 'optional';
        label.replaceChildren(
          picture ? createPicture(title, picture) : createIcon('add'),
          create('span', { className: 'name', textContent: title }),
          ...(picture ? [] : [create('span', { className: 'need', textContent: need })]),
        );
      },
    };
    slot.render();
    return slot;
  }

  /**
   * @param {File[]} files
   * @param {ViewName} [first]
   */
  async function addFiles(files, first) {
    const accepted = files.filter(isAccepted);
    const refused = files.find((file) => !isAccepted(file));
    const { placed, surplus } = placeFiles(accepted, first, (view) => pictures.has(view));
    try {
      for (const [view, file] of placed) {
        pictures.set(view, { name: file.name, dataUrl: await readDataUrl(file) });
        slots.get(view)?.render();
      }
    } catch (error) {
      return onError(messageOf(error));
    }
    if (placed.size > 0) {
      announce(`Added: ${[...placed.keys()].join(', ')}.`);
      onChange();
    }
    if (refused) onError(`“${refused.name}” is not a PNG, JPEG, WebP, AVIF, TIFF or GIF picture.`);
    else if (surplus[0]) onError(`There is no place left for “${surplus[0].name}”. Remove a picture first.`);
  }

  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void addFiles(files);
  });
  // Anywhere on the page: a file dropped beside a slot would otherwise replace the page.
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    const slot = [...slots].find(([, { node }]) => event.target instanceof Node && node.contains(event.target));
    if (files.length > 0) void addFiles(files, slot?.[0]);
  });

  return {
    /** @returns {Record<string, string>} data URLs by view */
    images: () => Object.fromEntries([...pictures].map(([view, { dataUrl }]) => [view, dataUrl])),
    /** @returns {string | undefined} */
    front: () => pictures.get('front')?.dataUrl,
    focusFront: () => document.getElementById('picture-front')?.focus(),
    /** @param {Map<ViewName, Picture>} replacement */
    replaceAll(replacement) {
      pictures.clear();
      for (const [view, picture] of replacement) pictures.set(view, picture);
      for (const slot of slots.values()) slot.render();
    },
  };
}

/**
 * @param {string} title
 * @param {Picture} picture
 */
function createPicture(title, { name, dataUrl }) {
  const image = create('img', { src: dataUrl, alt: `${name}, as` });
  // Browsers show no TIFF; the server takes it all the same.
  image.addEventListener('error', () => image.replaceWith(create('span', { className: 'need', textContent: name })));
  image.title = `${title}: ${name}`;
  return image;
}
