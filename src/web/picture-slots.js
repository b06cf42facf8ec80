/** The four places for pictures: drop, paste or pick, look, remove. */

const SLOTS = /** @type {const} */ ([
  ['front', 'Front', 'needed'],
  ['back', 'Back', 'optional'],
  ['left', 'Left', 'optional'],
  ['right', 'Right', 'optional'],
]);
const ACCEPT = 'image/png,image/jpeg,image/webp,image/avif,image/tiff,image/gif';

/**
 * @param {HTMLElement} root
 * @param {{ onChange: () => void, onError: (message: string) => void }} callbacks
 */
export function createPictureSlots(root, { onChange, onError }) {
  /** @type {Map<string, string>} data URLs by view */
  const pictures = new Map();
  /** @type {Map<string, () => void>} */
  const renderers = new Map();

  for (const [name, title, need] of SLOTS) {
    const slot = document.createElement('figure');
    slot.className = 'slot';
    slot.style.margin = '0';
    const input = Object.assign(document.createElement('input'), {
      type: 'file',
      accept: ACCEPT,
      id: `picture-${name}`,
    });
    input.setAttribute('aria-describedby', 'pictures-help');
    const label = document.createElement('label');
    label.htmlFor = input.id;
    const remove = Object.assign(document.createElement('button'), { type: 'button', textContent: '✕' });
    remove.setAttribute('aria-label', `Remove the ${name} picture`);
    const caption = Object.assign(document.createElement('figcaption'), { textContent: title });
    slot.append(input, label, remove, caption);
    root.append(slot);

    const render = () => {
      const picture = pictures.get(name);
      slot.classList.toggle('filled', picture !== undefined);
      remove.hidden = picture === undefined;
      caption.hidden = picture === undefined;
      if (picture === undefined) {
        const text = Object.assign(document.createElement('span'), { className: 'name', textContent: title });
        text.append(Object.assign(document.createElement('span'), { className: 'need', textContent: need }));
        label.replaceChildren(text);
      } else {
        const image = Object.assign(document.createElement('img'), { src: picture, alt: `${title} view` });
        label.replaceChildren(image);
      }
    };
    renderers.set(name, render);
    render();

    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      input.value = '';
      if (file) void setFile(name, file);
    });
    remove.addEventListener('click', () => {
      pictures.delete(name);
      render();
      onChange();
      input.focus();
    });
    slot.addEventListener('dragover', (event) => {
      event.preventDefault();
      slot.classList.add('over');
    });
    slot.addEventListener('dragleave', () => slot.classList.remove('over'));
    slot.addEventListener('drop', (event) => {
      event.preventDefault();
      slot.classList.remove('over');
      dropFiles(name, [...(event.dataTransfer?.files ?? [])]);
    });
  }

  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const free = SLOTS.find(([name]) => !pictures.has(name))?.[0];
    if (files.length > 0 && free) dropFiles(free, files);
  });

  /**
   * Several files at once fill the slots by their names where these tell (front.png, chair_left.jpg), else in order.
   * @param {string} first
   * @param {File[]} files
   */
  function dropFiles(first, files) {
    const open = [first, ...SLOTS.map(([name]) => name).filter((name) => name !== first && !pictures.has(name))];
    for (const file of files.slice(0, SLOTS.length)) {
      const named = files.length > 1 ? SLOTS.find(([name]) => file.name.toLowerCase().includes(name))?.[0] : undefined;
      const target = named ?? open.shift();
      if (target === undefined) return;
      const index = open.indexOf(target);
      if (index >= 0) open.splice(index, 1);
      void setFile(target, file);
    }
  }

  /**
   * @param {string} name
   * @param {Blob} file
   */
  async function setFile(name, file) {
    if (!ACCEPT.split(',').includes(file.type)) {
      onError(`“${file instanceof File ? file.name : name}” is not a PNG, JPEG, WebP, AVIF, TIFF or GIF picture.`);
      return;
    }
    pictures.set(name, await readDataUrl(file));
    renderers.get(name)?.();
    onChange();
  }

  return {
    /** @returns {Record<string, string>} data URLs by view */
    images: () => Object.fromEntries(pictures),
    hasFront: () => pictures.has('front'),
    clear() {
      pictures.clear();
      for (const render of renderers.values()) render();
      onChange();
    },
    setFile,
  };
}

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
function readDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
