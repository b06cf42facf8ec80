/** Formats of a model besides the GLB, which every job makes; the keys of `model_urls` and of the result's files. */
export const EXTRA_FORMATS = ['glb-web', 'obj', 'stl', 'ply', '3mf', 'usdz'] as const;
export type ExtraFormat = (typeof EXTRA_FORMATS)[number];

/** What `formats` may name. `glb` changes nothing, but a client need not know that. */
export const MODEL_FORMATS = ['glb', ...EXTRA_FORMATS] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What follows the name of the model in the name of each file. */
export const FORMAT_SUFFIXES: Readonly<Record<ExtraFormat, string>> = {
  'glb-web': '-web.glb',
  obj: '-obj.zip',
  stl: '.stl',
  ply: '.ply',
  '3mf': '.3mf',
  usdz: '.usdz',
};
