/** The stages of a job in their order, and what the page calls them. */
export const STAGE_TITLES = /** @type {const} */ ({
  decode: 'Read pictures',
  foreground: 'Cut out',
  shape: 'Shape',
  surface: 'Surface',
  mesh: 'Mesh',
  unwrap: 'Unwrap',
  texture: 'Texture',
  export: 'Save',
});

/**
 * @param {string | undefined} stage
 * @returns {string} a stage that this page does not know keeps its own name
 */
export function stageTitle(stage) {
  if (stage === undefined) return 'Starting';
  return Object.hasOwn(STAGE_TITLES, stage) ? STAGE_TITLES[/** @type {keyof typeof STAGE_TITLES} */ (stage)] : stage;
}
