import type { Bounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import type { FileFacts } from './export-model.ts';

/** Share of the longest side by which a corner of the bounds may be off: positions may be quantised to 14 bits. */
const BOUNDS_TOLERANCE = 1e-4;

/**
 * Compares what a file was read to hold with what went in.
 * @throws {AppError} `export.invalid` where they differ
 */
export function checkFile(format: string, found: FileFacts, expected: FileFacts): void {
  for (const count of ['faces', 'textures'] as const) {
    if (found[count] === expected[count]) continue;
    throw broken(format, `it holds ${found[count]} ${count}, expected ${expected[count]}`);
  }
  const tolerance = BOUNDS_TOLERANCE * longestSide(expected.bounds);
  for (const corner of ['min', 'max'] as const) {
    const [is, should] = [found.bounds[corner], expected.bounds[corner]];
    // Written so that a NaN does not pass.
    if (is.every((value, axis) => Math.abs(value - should[axis]!) <= tolerance)) continue;
    throw broken(format, `the ${corner} corner of its bounds is ${is.join(', ')}, expected ${should.join(', ')}`);
  }
}

function longestSide({ min, max }: Bounds): number {
  return Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
}
