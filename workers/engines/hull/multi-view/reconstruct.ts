import { AppError } from '../../../../src/errors.ts';
import { smoothField } from '../../../geometry/field-smooth.ts';
import type { ScalarField } from '../../../geometry/mesh.ts';
import type { PreparedView } from '../../../imaging/prepared-view.ts';
import type { EngineContext } from '../../engine.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { createVolumeGrid, DEFAULT_CELLS, looksAlongZ } from '../volume-grid.ts';
import { composeSections } from './compose-sections.ts';
import { judgeBody } from './judge-body.ts';
import { clampToHull, coverSilhouettes } from './keep-silhouettes.ts';
import { measureSectionProfile } from './section-profile.ts';

/** What is thinner than this share of the thickest part of its row is not as deep as that part. */
const CORE_SHARE = 0.4;
/** Rounds of smoothing, each followed by putting the silhouettes right again. */
const SMOOTHING_ROUNDS = 4;
/** How far inside, in samples, every covered ray has to reach. */
const COVER_SAMPLES = 1.5;

/**
 * A shape from pictures of the front or back and of at least one side.
 *
 * The visual hull, the intersection of the two extruded silhouettes, has rectangular horizontal sections. Shading
 * tells how round or boxy they are and how thick parts continue; creases are smoothed, and every covered pixel of
 * every picture keeps samples inside on its ray.
 * @throws {AppError} `geometry.empty` where the silhouettes have no height in common
 */
export function reconstructFromSides(views: readonly PreparedView[], context: EngineContext): ScalarField {
  const grid = createVolumeGrid(views, context.options.octree_resolution ?? DEFAULT_CELLS);
  const { dims, origin, spacing } = grid;
  const along = views.filter(({ name }) => looksAlongZ(name));
  const across = views.filter(({ name }) => !looksAlongZ(name));
  const front = mergeSilhouettes(along.map((view) => sampleSilhouette(view, grid)));
  const side = mergeSilhouettes(across.map((view) => sampleSilhouette(view, grid)));
  if (!front || !side) throw new Error('expected a picture of the front or back and one of a side');
  context.onProgress(0.15);
  const body = judgeBody([along, across]);
  context.onProgress(0.45);
  const section = { spacing, upright: body.upright, coreShare: CORE_SHARE * (1 - body.boxiness) };
  const values = composeSections(
    measureSectionProfile(front, { ...section, origin: origin[0] }),
    measureSectionProfile(side, { ...section, origin: origin[2] }),
    body,
    grid,
  );
  context.onProgress(0.6);
  for (let round = 1; round <= SMOOTHING_ROUNDS; round++) {
    smoothField(values, dims);
    coverSilhouettes(values, front.distances, side.distances, dims, COVER_SAMPLES * spacing);
    clampToHull(values, front.distances, side.distances, dims);
    context.onProgress(0.6 + (0.4 * round) / SMOOTHING_ROUNDS);
  }
  if (!values.some((value) => value > 0)) {
    throw new AppError('geometry.empty', 'The pictures of the front and of the side show nothing at the same height.');
  }
  return { values, dims, origin, spacing };
}
