import type { ViewName } from '../../../../src/protocol/views.ts';
import type { PreparedView } from '../../../imaging/prepared-view.ts';
import { viewCamera } from '../../../texture/camera.ts';
import { mergeSilhouettes, sampleSilhouette } from '../silhouette-map.ts';
import { measureUprightHeights, selectJudged } from '../single-view/build-relief.ts';
import { judgeShading, type ShadingEvidence } from '../single-view/judge-shading.ts';
import { measureLocalRadius, roundHeightSquared } from '../single-view/local-radius.ts';
import { measureProportions } from '../single-view/measure-proportions.ts';
import { sampleLogLuminance } from '../single-view/picture-luminance.ts';
import { createReliefGrid } from '../single-view/relief-grid.ts';

/** What kind of body the pictures show; shares from 0 to 1. */
export interface BodyKind {
  /** 1: faces that meet in edges; 0: rounded sections. */
  boxiness: number;
  /** 1: every horizontal section is as wide as its row of the silhouettes; 0: it tapers like a ball. */
  upright: number;
}

/** Upright shapes are more common where the shading says nothing; log odds. */
const UPRIGHT_PRIOR = 1.5;

/**
 * Judges the shading of all pictures together. One flat picture makes a box unless another one is clearly round: a
 * can under even light looks flat from some sides.
 * @param pairs pictures of opposite cameras, each pair not empty
 */
export function judgeBody(pairs: readonly (readonly PreparedView[])[]): BodyKind {
  const evidence = pairs.flatMap(judgePair);
  const flattest = Math.max(...evidence.map(({ flat }) => flat));
  const roundest = Math.max(...evidence.map(({ round }) => round));
  const boxiness = flattest * (1 - roundest);
  const upright =
    evidence.reduce((sum, { uprightLogOdds }) => sum + 1 / (1 + Math.exp(-uprightLogOdds - UPRIGHT_PRIOR)), 0) /
    evidence.length;
  return { boxiness, upright: upright + (1 - upright) * boxiness };
}

/** Looks at two opposite pictures as if they were those of the front and the back. */
function judgePair(pair: readonly PreparedView[]): ShadingEvidence[] {
  const names: ViewName[] = ['front', 'back'];
  const views = pair.map((view, i) => {
    const name = names[i] ?? 'front';
    return { ...view, name, camera: viewCamera(name, view.camera.halfWidth) };
  });
  const grid = createReliefGrid(views);
  const plane = { dims: [grid.width, grid.height, 1], origin: [grid.x0, grid.y0, 0], spacing: grid.spacing } as const;
  const silhouette = mergeSilhouettes(views.map((view) => sampleSilhouette(view, plane)));
  if (!silhouette) throw new Error('expected one or two pictures');
  const { distances } = silhouette;
  const radius = measureLocalRadius(distances, grid);
  const round = distances.map((d, i) => roundHeightSquared(radius[i]!, d));
  const upright = measureUprightHeights(distances, round, grid);
  const proportions = measureProportions(distances, grid);
  const judged = selectJudged(distances, radius, proportions, grid);
  return views.map((view) =>
    judgeShading(round, upright, sampleLogLuminance(view, grid), radius, judged, proportions, grid),
  );
}
