import { z } from 'zod';
import { EXTRA_FORMATS } from '../../src/protocol/formats.ts';
import { ViewUseSchema } from '../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../src/protocol/options.ts';
import { STAGES } from '../../src/protocol/stages.ts';
import { VIEW_NAMES } from '../../src/protocol/views.ts';

const share = z.number().min(0).max(1);

/** What `report.json` says of a finished model. */
export const ReportSchema = z.object({
  /** Name and version of this program. */
  generator: z.string(),
  /** Name and version of the runtime that it ran on. */
  runtime: z.string(),
  engine: z.object({ name: z.string(), licence: z.string() }),
  device: z.string(),
  options: GenerateOptionsSchema,
  seed: z.number().int(),
  mesh: z.object({
    faces: z.number().int(),
    /** After splitting along chart borders. */
    vertices: z.number().int(),
    watertight: z.boolean(),
    windingConsistent: z.boolean(),
    nonManifoldEdges: z.number().int(),
    nonManifoldVertices: z.number().int(),
    degenerateFaces: z.number().int(),
    components: z.number().int(),
    /** Handles; null where the surface is not closed. */
    genus: z.number().int().nullable(),
    /** In cubic units of a model whose longest side is 2. */
    volume: z.number(),
  }),
  uv: z
    .object({
      charts: z.number().int(),
      /** Share of the unit square. */
      coverage: share,
      /** Share of the covered samples that more than one face covers. */
      overlap: share,
      /** World lengths per texel relative to the mean: root mean square, and what 95 % of the area stay below. */
      stretch: z.object({ rms: z.number().positive(), p95: z.number().positive() }),
    })
    .nullable(),
  textures: z.array(
    z.object({ name: z.string(), width: z.number().int(), height: z.number().int(), bytes: z.number().int() }),
  ),
  /** The files that were asked for besides the GLB. */
  formats: z.array(z.object({ format: z.enum(EXTRA_FORMATS), name: z.string(), bytes: z.number().int().positive() })),
  /** By given picture. */
  views: z.partialRecord(
    z.enum(VIEW_NAMES),
    ViewUseSchema.extend({
      inputSha256: z.string(),
      /** Outline of the model against the outline of the picture. */
      silhouetteIou: share,
      /** Mean OKLab distance of the unlit model to the picture; null without textures. */
      colorError: z.number().nonnegative().nullable(),
    }),
  ),
  timingsMs: z.partialRecord(z.enum(STAGES), z.number().nonnegative()),
  warnings: z.array(z.string()),
});
export type Report = z.infer<typeof ReportSchema>;
