import { type BackgroundModel, subtractBackground } from './background-model.ts';
import { boxBlur } from './box-blur.ts';
import type { LabPlanes } from './color-space.ts';
import { borderPixels, growMask, invertMask, labelComponents } from './connected-components.ts';
import { estimateEdgeCoverage } from './edge-coverage.ts';
import { addGroundShadows } from './ground-shadows.ts';
import { openHoles } from './open-holes.ts';
import type { ImageRgba } from './prepared-view.ts';

/**
 * Coverage of an object in front of a background that `model` describes.
 *
 * 1. Background is what agrees with the model and connects with the picture's border.
 * 2. Ground shadows and parts that nowhere stand out are added to it.
 * 3. So are enclosed regions that agree with the model where they are holes.
 * 4. Along the edge, coverage is how far a pixel's colour lies between background and object.
 */
export function mattePlain(image: ImageRgba, lab: LabPlanes, model: BackgroundModel): Float32Array {
  const { width, height } = image;
  const rest = subtractBackground(lab, model.surface);
  // Averaging takes noise off; the widest window still is narrower than the soft edge of step 4.
  const radius = model.noise > 0.014 ? 2 : model.noise > 0.005 ? 1 : 0;
  for (const plane of rest) boxBlur(plane, width, height, radius);
  const distance = lengths(rest);
  const near = 0.01 + (2.6 * model.noise) / (1 + radius);
  const sure = Math.max(0.05, 2 * near);

  const agrees = new Uint8Array(distance.length);
  for (let i = 0; i < agrees.length; i++) if (distance[i]! <= near) agrees[i] = 1;
  const background = new Uint8Array(agrees.length);
  for (const p of borderPixels(width, height)) background[p] = agrees[p]!;
  growMask(background, agrees, width, height);
  addGroundShadows(background, rest, model.surface);
  dropWeakParts(background, distance, sure, width, height);
  openHoles(background, distance, near, width, height);
  return estimateEdgeCoverage(image, background, distance, model.surface);
}

function lengths([l, a, b]: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(l?.length ?? 0);
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(l![i]! ** 2 + a![i]! ** 2 + b![i]! ** 2);
  return out;
}

/** Gives parts that nowhere differ surely from the background back to it, in place. */
function dropWeakParts(
  background: Uint8Array,
  distance: Float32Array,
  sure: number,
  width: number,
  height: number,
): void {
  const object = invertMask(background);
  const { labels, areas } = labelComponents(object, width, height, 8);
  const peaks = new Float32Array(areas.length);
  for (let i = 0; i < labels.length; i++) peaks[labels[i]!] = Math.max(peaks[labels[i]!]!, distance[i]!);
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0 && peaks[labels[i]!]! < sure) background[i] = 1;
}
