import { labelComponents } from './connected-components.ts';
import { distanceToMask } from './distance-transform.ts';

/** Parts below this share of the picture are specks unless they are close to a larger part. */
const SPECK_AREA_SHARE = 0.0002;
/** How close, as a share of the longest side, a speck must be to a larger part to be taken for a detail of it. */
const NEAR_SHARE = 0.03;
/** Parts of fewer pixels than this are dust wherever they are. */
const DUST_PX = 5;
/** Coverage that counts as the object. */
const COVERED = 0.3;

/**
 * Sets the coverage of specks to 0, in place: of small parts far from the object, and of faint traces that nowhere
 * reach real coverage. Separate parts of some size, and small ones near the object, stay.
 */
export function removeSpecks(coverage: Float32Array, width: number, height: number): void {
  const touched = new Uint8Array(coverage.length);
  for (let i = 0; i < coverage.length; i++) touched[i] = coverage[i]! > 0.02 ? 1 : 0;
  const { labels, areas } = labelComponents(touched, width, height, 8);
  const coveredAreas = new Uint32Array(areas.length);
  for (let i = 0; i < labels.length; i++) {
    if (coverage[i]! >= COVERED) coveredAreas[labels[i]!] = coveredAreas[labels[i]!]! + 1;
  }
  coveredAreas[0] = 0;
  const largest = coveredAreas.reduce((max, area) => Math.max(max, area), 0);
  const speckArea = Math.min(SPECK_AREA_SHARE * width * height, largest / 4);
  const isKept = Array.from(coveredAreas, (area) => area >= Math.max(speckArea, DUST_PX));

  const nearby = new Set<number>();
  if (isKept.some((kept, label) => !kept && coveredAreas[label]! >= DUST_PX)) {
    const kept = new Uint8Array(coverage.length);
    for (let i = 0; i < labels.length; i++) kept[i] = isKept[labels[i]!] ? 1 : 0;
    const distance = distanceToMask(kept, width, height);
    const near = NEAR_SHARE * Math.max(width, height);
    for (let i = 0; i < labels.length; i++) {
      if (coverage[i]! >= COVERED && coveredAreas[labels[i]!]! >= DUST_PX && distance[i]! <= near)
        nearby.add(labels[i]!);
    }
  }
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!isKept[label] && !nearby.has(label)) coverage[i] = 0;
  }
}
