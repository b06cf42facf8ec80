import { z } from 'zod';
import { MODEL_FORMATS } from './formats.ts';

/** Ranges of the numeric options; error messages, OpenAPI and the web page read them from here. */
export const OPTION_RANGES = {
  face_count: { min: 100, max: 500_000 },
  texture_size: { min: 256, max: 4096 },
  octree_resolution: { min: 32, max: 512 },
  num_inference_steps: { min: 1, max: 200 },
  guidance_scale: { min: 0, max: 30 },
  seed: { min: 0, max: 4_294_967_295 },
} as const;

/** Image formats that the textures of a GLB can be stored in. */
export const TEXTURE_FORMATS = ['png', 'jpeg', 'webp'] as const;
export type TextureFormat = (typeof TEXTURE_FORMATS)[number];

/** Shortest and longest model that can be asked for, in metres. */
export const SIZE_RANGE_METRES = { min: 0.001, max: 1000 } as const;
export const LENGTH_UNITS = ['m', 'mm'] as const;
export type LengthUnit = (typeof LENGTH_UNITS)[number];
export const METRES_PER_UNIT: Readonly<Record<LengthUnit, number>> = { m: 1, mm: 0.001 };
export const SIZE_SIDES = ['longest', 'height'] as const;
export const UP_AXES = ['y', 'z'] as const;
export type UpAxis = (typeof UP_AXES)[number];

function flag() {
  return z.boolean({ error: 'expected true or false' });
}

function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `expected one of ${values.join(', ')}` });
}

const SIZE_RANGE_MESSAGE = 'expected a length from 1 mm to 1000 m';

const ModelSizeSchema = z
  .strictObject(
    {
      value: z.number({ error: 'expected a number' }).positive({ error: SIZE_RANGE_MESSAGE, abort: true }),
      unit: oneOf(LENGTH_UNITS).describe('Also of the numbers in OBJ, STL and PLY, which know no unit.'),
      side: oneOf(SIZE_SIDES).default('longest').describe('The longest side of the bounding box, or its height.'),
    },
    { error: 'expected an object with "value" and "unit"' },
  )
  .refine(({ value, unit }) => isSizeInRange(value * METRES_PER_UNIT[unit]), {
    error: SIZE_RANGE_MESSAGE,
    path: ['value'],
  })
  .meta({ anyOf: LENGTH_UNITS.map(sizeRangeIn) });
export type ModelSize = z.infer<typeof ModelSizeSchema>;

/** The same range for OpenAPI, in one of the units. */
function sizeRangeIn(unit: LengthUnit) {
  const { min, max } = SIZE_RANGE_METRES;
  const perMetre = Math.round(1 / METRES_PER_UNIT[unit]);
  return { properties: { unit: { const: unit }, value: { minimum: min * perMetre, maximum: max * perMetre } } };
}

function isSizeInRange(metres: number): boolean {
  return metres >= SIZE_RANGE_METRES.min && metres <= SIZE_RANGE_METRES.max;
}

/** What OpenAPI says for the check that a size is a power of two. */
const TEXTURE_SIZES = [256, 512, 1024, 2048, 4096];

function integerIn(name: keyof typeof OPTION_RANGES) {
  const { min, max } = OPTION_RANGES[name];
  const message = `expected a whole number from ${min} to ${max}`;
  return z.number({ error: message }).int({ error: message }).min(min, { error: message }).max(max, { error: message });
}

function numberIn(name: keyof typeof OPTION_RANGES) {
  const { min, max } = OPTION_RANGES[name];
  const message = `expected a number from ${min} to ${max}`;
  return z.number({ error: message }).min(min, { error: message }).max(max, { error: message });
}

/**
 * What a client may ask of a job. The three booleans of the 2.1 contract default to true; everything else is
 * left to the engine where it is left out. Unknown keys are refused, so that a misspelt option is not ignored.
 * The descriptions stand in the OpenAPI document too.
 */
export const GenerateOptionsSchema = z.strictObject({
  enable_pbr: flag().default(true).describe('Add a metallic-roughness map and a normal map to the base colour.'),
  should_remesh: flag()
    .default(true)
    .describe('Simplify to `face_count` evenly shaped triangles; off keeps the extracted surface, cleaned only.'),
  should_texture: flag().default(true).describe('Make textures; off gives geometry and normals only.'),
  engine: z
    .string({ error: 'expected the name of an engine' })
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, { error: 'expected "auto" or the name of an engine in lower case' })
    .default('auto')
    .describe('`auto`, the best engine that can run here, or the name of an engine.'),
  seed: integerIn('seed')
    .optional()
    .describe('The same pictures, options, seed and version of the program give the same bytes.'),
  face_count: integerIn('face_count').optional().describe('Target number of triangles.'),
  texture_size: integerIn('texture_size')
    .refine((n) => Number.isInteger(Math.log2(n)), { error: 'expected a power of two from 256 to 4096' })
    .optional()
    .meta({ enum: TEXTURE_SIZES, description: 'Side of the base colour in pixels; a power of two.' }),
  octree_resolution: integerIn('octree_resolution')
    .optional()
    .describe('Cells along the longest side of the volume that the surface is extracted from.'),
  num_inference_steps: integerIn('num_inference_steps').optional().describe('For engines with a network.'),
  guidance_scale: numberIn('guidance_scale').optional().describe('For engines with a network.'),
  remove_background: flag()
    .optional()
    .describe('Cut the object out; off trusts the alpha channel and otherwise takes the whole frame.'),
  texture_format: oneOf(TEXTURE_FORMATS).optional().describe('Format of the textures inside the GLB.'),
  cache: flag()
    .optional()
    .describe('Answer with the finished job of an equal earlier request that had this option too, if it is kept.'),
  formats: z
    .array(oneOf(MODEL_FORMATS), {
      error: `expected a list of ${MODEL_FORMATS.join(', ')}`,
    })
    .max(MODEL_FORMATS.length, { error: `expected at most ${MODEL_FORMATS.length} formats` })
    .optional()
    .describe('Files to make besides the GLB; each has a key of its own in `model_urls`.'),
  size: ModelSizeSchema.optional().describe('Real-world size; without it the longest side is 2 m.'),
  ground: flag().optional().describe('Put the lowest point at height 0; otherwise the middle of the model is there.'),
  up: oneOf(UP_AXES)
    .optional()
    .describe('Axis that points up in formats that leave it open: OBJ, STL and PLY. The others fix it.'),
});
export type GenerateOptions = z.infer<typeof GenerateOptionsSchema>;
