/** The options of a job as the form has them. */
import { element } from './dom.js';

const SWITCHES = ['should_texture', 'enable_pbr', 'should_remesh'];
const NUMBERS = ['face_count', 'texture_size', 'octree_resolution', 'num_inference_steps', 'guidance_scale', 'seed'];
/** Options that mean nothing without textures. */
const NEED_TEXTURE = ['enable_pbr', 'texture_size', 'texture_format'];

/** Keeps the form sensible: what has no effect cannot be set, and what is wrong can be seen. */
export function prepareOptions() {
  const details = /** @type {HTMLDetailsElement} */ (element('options'));
  // The browser's own message about a field needs the field to be visible.
  details.addEventListener('invalid', () => details.setAttribute('open', ''), { capture: true });
  const texture = field('should_texture');
  const remesh = field('should_remesh');
  const update = () => {
    for (const name of NEED_TEXTURE) field(name).disabled = !texture.checked;
    field('face_count').disabled = !remesh.checked;
  };
  details.addEventListener('change', update);
  // Browsers restore what was set before a reload.
  update();
}

/** @returns {Record<string, unknown>} the switches, and of the rest only what is not left to the engine */
export function readOptions() {
  const data = new FormData(/** @type {HTMLFormElement} */ (element('form')));
  /** @type {Record<string, unknown>} */
  const options = {};
  for (const name of SWITCHES) options[name] = data.has(name);
  for (const name of NUMBERS) if (data.get(name)) options[name] = Number(data.get(name));
  if (data.get('engine')) options.engine = data.get('engine');
  if (data.get('texture_format')) options.texture_format = data.get('texture_format');
  if (!data.has('remove_background')) options.remove_background = false;
  if (data.has('ground')) options.ground = true;
  if (data.has('formats')) options.formats = data.getAll('formats');
  if (data.get('height_mm')) options.size = { value: Number(data.get('height_mm')), unit: 'mm', side: 'height' };
  return options;
}

/** @param {string} name */
function field(name) {
  const found = /** @type {HTMLFormElement} */ (element('form')).elements.namedItem(name);
  return /** @type {HTMLInputElement} */ (found);
}
