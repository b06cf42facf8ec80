import { z } from 'zod';

const PoseSchema = z.object({
  geometry: z.object({ f005: z.number(), normalConsistency: z.number(), silhouetteIou: z.number() }),
  appearance: z.object({ psnr: z.number() }),
});
const RowSchema = z.object({
  name: z.string(),
  error: z.string().nullable(),
  seconds: z.number(),
  result: z
    .object({
      imagePose: z.enum(['given', 'aligned']),
      given: PoseSchema,
      aligned: PoseSchema,
      health: z.object({
        watertight: z.boolean(),
        manifold: z.boolean(),
        uv: z.object({ overlap: z.number() }),
        validator: z.object({ errors: z.number(), warnings: z.number() }),
      }),
    })
    .nullable(),
});
export const SuiteReportSchema = z.record(z.string(), z.array(RowSchema));
export type SuiteReport = z.infer<typeof SuiteReportSchema>;

/** The means that may not become worse; larger is better for each. */
export const MEASURES = ['F@.05', 'silIoU', 'normals', 'PSNR'] as const;
export type Measure = (typeof MEASURES)[number];
/** Means over the objects by number of pictures. */
export type Means = Record<string, Record<Measure, number>>;

/** How much a mean may fall before it counts as worse: the noise of sampling in the scores. */
const TOLERANCE: Record<Measure, number> = { 'F@.05': 0.003, silIoU: 0.002, normals: 0.003, PSNR: 0.05 };

/**
 * Means per mode as the benchmark's summary has them: distances and normals after alignment, silhouettes and
 * colour in the pose whose silhouettes fit better. Failed objects do not count here; they are reported by name.
 */
export function meansOf(report: SuiteReport): Means {
  const means: Means = {};
  for (const [mode, rows] of Object.entries(report)) {
    const results = rows.flatMap(({ result }) => (result ? [result] : []));
    if (results.length === 0) continue;
    const mean = (value: (result: (typeof results)[number]) => number) =>
      results.reduce((sum, result) => sum + value(result), 0) / results.length;
    means[mode] = {
      'F@.05': mean((r) => r.aligned.geometry.f005),
      silIoU: mean((r) => r[r.imagePose].geometry.silhouetteIou),
      normals: mean((r) => r.aligned.geometry.normalConsistency),
      PSNR: mean((r) => r[r.imagePose].appearance.psnr),
    };
  }
  return means;
}

/** One sentence for every mean that fell below the baseline by more than its tolerance. */
export function compareMeans(means: Means, baseline: Means): string[] {
  const problems: string[] = [];
  for (const [mode, row] of Object.entries(means)) {
    for (const measure of MEASURES) {
      const before = baseline[mode]?.[measure];
      if (before !== undefined && row[measure] < before - TOLERANCE[measure]) {
        problems.push(`${measure} with ${mode} pictures: ${row[measure].toFixed(3)}, was ${before.toFixed(3)}`);
      }
    }
  }
  return problems;
}
