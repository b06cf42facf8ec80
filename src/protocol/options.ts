import { z } from 'zod';

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
 */
export const GenerateOptionsSchema = z.strictObject({
  /** Add a metallic-roughness map and a normal map to the base colour. */
  enable_pbr: z.boolean({ error: 'expected true or false' }).default(true),
  /** Simplify to `face_count` evenly shaped triangles; off keeps the extracted surface, cleaned only. */
  should_remesh: z.boolean({ error: 'expected true or false' }).default(true),
  /** Make textures; off gives geometry and normals only. */
  should_texture: z.boolean({ error: 'expected true or false' }).default(true),
  /** `auto` or the name of an engine. */
  engine: z
    .string({ error: 'expected the name of an engine' })
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, { error: 'expected "auto" or the name of an engine in lower case' })
    .default('auto'),
  seed: integerIn('seed').optional(),
  /** Target number of triangles. */
  face_count: integerIn('face_count').optional(),
  /** Side of the square textures in pixels; a power of two. */
  texture_size: integerIn('texture_size')
    .refine((n) => Number.isInteger(Math.log2(n)), { error: 'expected a power of two from 256 to 4096' })
    .optional(),
  /** Cells along each axis of the volume that the surface is extracted from. */
  octree_resolution: integerIn('octree_resolution').optional(),
  num_inference_steps: integerIn('num_inference_steps').optional(),
  guidance_scale: numberIn('guidance_scale').optional(),
  /** Separate the object from its background; off trusts the picture's own alpha channel and otherwise takes the whole frame. */
  remove_background: z.boolean({ error: 'expected true or false' }).optional(),
  /** Format of the textures inside the GLB. */
  texture_format: z.enum(TEXTURE_FORMATS, { error: 'expected one of png, jpeg, webp' }).optional(),
});
export type GenerateOptions = z.infer<typeof GenerateOptionsSchema>;
