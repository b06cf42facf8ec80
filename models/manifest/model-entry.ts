import { z } from 'zod';

/** One part of a path: no separator, no leading dot, so that no name can lead out of the models folder. */
const SEGMENT = '[A-Za-z0-9_-][A-Za-z0-9._-]*';
const REPOSITORY = new RegExp(`^${SEGMENT}/${SEGMENT}$`);
const PATH = new RegExp(`^${SEGMENT}(/${SEGMENT})*$`);
const REVISION = new RegExp(`^${SEGMENT}$`);

const repository = z.string().max(200).regex(REPOSITORY, { error: 'expected owner/name' });
const revision = z.string().max(200).regex(REVISION, { error: 'expected a branch, tag or commit' });

/** What a file is for. The turbo VAE decodes the same latents with a geometry decoder several times cheaper. */
export const FILE_ROLES = ['config', 'weights', 'turbo-vae-config', 'turbo-vae-weights'] as const;
export type FileRole = (typeof FILE_ROLES)[number];

export const ModelFileSchema = z.strictObject({
  role: z.enum(FILE_ROLES),
  /** Inside the repository. */
  path: z.string().max(500).regex(PATH, { error: 'expected a path like folder/model.fp16.safetensors' }),
  /** Where the file comes from, if not from the model's own repository. */
  repo: repository.optional(),
  revision: revision.optional(),
  /** A job can do without it. */
  optional: z.boolean().optional(),
  bytes: z.number().int().positive().optional(),
  /** For people and for the look at the disk, where the exact size is not known. */
  approximateBytes: z.number().int().positive().optional(),
  /** The digest in hex, or the start of it that is known. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{16,64}$/, { error: 'expected 16 to 64 lower-case hex digits' })
    .optional(),
});
export type ModelFile = z.output<typeof ModelFileSchema>;

/** What `engine` may be besides a model's name: the choice of the best, and the engine that is built in. */
const ENGINE_NAMES: readonly string[] = ['auto', 'hull'];

export const ModelEntrySchema = z
  .strictObject({
    name: z
      .string()
      .max(60)
      .regex(/^[a-z0-9][a-z0-9.-]*$/, { error: 'expected lower-case letters, digits, dots and hyphens' })
      .refine((name) => !ENGINE_NAMES.includes(name), { error: 'expected another name: an engine is called so' }),
    title: z.string().min(1),
    repo: repository,
    revision,
    files: z.array(ModelFileSchema),
    /** Views that it takes; the first one is needed. */
    views: z.array(z.enum(['front', 'left', 'back', 'right'])).min(1),
    /** Quality among the models that can be had; the choice of `auto` follows it. */
    rank: z.number().min(1).max(100).default(10),
    /** How the turbo VAE finds the latents that matter to points near the surface. */
    latentSelection: z.enum(['mean', 'merge']).default('mean'),
    /** Rough need of a device that holds all networks at once with 16-bit weights. */
    memoryBytes: z.number().int().positive(),
    licence: z.strictObject({
      name: z.string().min(1),
      url: z.url({ protocol: /^https?$/ }),
      /** Where it may not be used; empty where that does not matter. */
      territory: z.string(),
      /** What else a user should know. */
      terms: z.array(z.string()).optional(),
    }),
  })
  .check(({ value, issues }) => {
    const roles = value.files.map(({ role }) => role);
    for (const role of FILE_ROLES) {
      const count = roles.filter((found) => found === role).length;
      const isNeeded = role === 'config' || role === 'weights';
      if (count > 1 || (isNeeded && count === 0)) {
        const message = `expected ${isNeeded ? 'one file' : 'at most one file'} with the role ${role}, got ${count}`;
        issues.push({ code: 'custom', input: value.files, path: ['files'], message });
      }
    }
  });

/** A model that can be installed. */
export type ModelEntry = z.output<typeof ModelEntrySchema>;
