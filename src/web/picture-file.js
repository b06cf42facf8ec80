/** What a file tells about the picture in it before anything is sent. */

export const VIEWS = /** @type {const} */ ([
  ['front', 'Front'],
  ['back', 'Back'],
  ['left', 'Left'],
  ['right', 'Right'],
]);
/** @typedef {typeof VIEWS[number][0]} ViewName */

/** Media types that the server takes, with the endings for systems that name no type. */
const TYPE_BY_ENDING = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['gif', 'image/gif'],
]);
export const ACCEPTED_TYPES = [...new Set(TYPE_BY_ENDING.values())].join(',');

/** @param {File} file */
export function isAccepted(file) {
  const type = file.type || TYPE_BY_ENDING.get(file.name.split('.').at(-1)?.toLowerCase() ?? '');
  return type !== undefined && ACCEPTED_TYPES.split(',').includes(type);
}

/**
 * The view that a file name tells: front.png, chair_left.jpg, "Robot BACK (2).webp"; not "leftover.png".
 * @param {string} fileName
 * @returns {ViewName | undefined}
 */
export function viewOfName(fileName) {
  const words = fileName.toLowerCase().split(/[^a-z]+/);
  return VIEWS.find(([name]) => words.includes(name))?.[0];
}

/**
 * Which file goes where. Names decide where there are several files and they tell; the rest fill the free places in
 * their order, `first` before all.
 * @param {File[]} files
 * @param {ViewName | undefined} first where the files were dropped
 * @param {(view: ViewName) => boolean} isTaken
 * @returns {{ placed: Map<ViewName, File>, surplus: File[] }}
 */
export function placeFiles(files, first, isTaken) {
  /** @type {Map<ViewName, File>} */
  const placed = new Map();
  /** @type {File[]} */
  const unnamed = [];
  for (const file of files) {
    const view = files.length > 1 ? viewOfName(file.name) : undefined;
    if (view && !placed.has(view)) placed.set(view, file);
    else unnamed.push(file);
  }
  const free = VIEWS.map(([name]) => name).filter((name) => name !== first && !isTaken(name) && !placed.has(name));
  if (first && !placed.has(first)) free.unshift(first);
  for (const view of free) {
    const file = unnamed.shift();
    if (!file) break;
    placed.set(view, file);
  }
  return { placed, surplus: unnamed };
}

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
export function readDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error('The file cannot be read. Was it moved or deleted?'));
    reader.readAsDataURL(file);
  });
}
