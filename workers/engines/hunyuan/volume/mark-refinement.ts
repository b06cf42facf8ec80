import type { CubeField } from './cube-field.ts';
import { NodeMask } from './node-mask.ts';

/** Logits are a distance to the surface, cut off at about 1; what is below this may hide a surface between nodes. */
const UNDECIDED_LOGIT = 0.95;

/**
 * The nodes of the next grid, `cells` cells per axis and about twice as fine, that may matter to the surface: those
 * around nodes of `field` whose sign differs from a neighbour's or whose logit is below 0.95, grown by
 * one node on the way to another grid, by two on the last. Unevaluated nodes neither count nor have a sign.
 */
export function markRefinement(field: CubeField, cells: number, isLast: boolean): NodeMask {
  const marked = markUndecided(field);
  if (!isLast) marked.dilate();
  const next = doubleNodes(marked, cells + 1);
  next.dilate();
  if (isLast) next.dilate();
  return next;
}

function markUndecided({ n, values }: CubeField): NodeMask {
  const marked = new NodeMask(n);
  const planeSize = n * n;
  for (let z = 0; z < n; z++) {
    // Beyond the border a node meets itself.
    const below = z > 0 ? -planeSize : 0;
    const above = z + 1 < n ? planeSize : 0;
    for (let y = 0; y < n; y++) {
      const down = y > 0 ? -n : 0;
      const up = y + 1 < n ? n : 0;
      let i = n * (y + n * z);
      for (let x = 0; x < n; x++, i++) {
        const v = values[i]!;
        if (Number.isNaN(v)) continue;
        const left = values[x > 0 ? i - 1 : i]!;
        const right = values[x + 1 < n ? i + 1 : i]!;
        // All comparisons with NaN are false.
        const isActive =
          v >= UNDECIDED_LOGIT
            ? left <= 0 ||
              right <= 0 ||
              values[i + down]! <= 0 ||
              values[i + up]! <= 0 ||
              values[i + below]! <= 0 ||
              values[i + above]! <= 0
            : v > -UNDECIDED_LOGIT ||
              left >= 0 ||
              right >= 0 ||
              values[i + down]! >= 0 ||
              values[i + up]! >= 0 ||
              values[i + below]! >= 0 ||
              values[i + above]! >= 0;
        if (isActive) marked.add(x, y, z);
      }
    }
  }
  return marked;
}

/** Moves every node (x, y, z) to (2x, 2y, 2z) of a grid with `n` nodes per axis. */
function doubleNodes(coarse: NodeMask, n: number): NodeMask {
  const fine = new NodeMask(n);
  const { words, wordsPerRow } = coarse;
  for (let row = 0; row < coarse.n * coarse.n; row++) {
    const y = row % coarse.n;
    const z = (row - y) / coarse.n;
    for (let w = 0; w < wordsPerRow; w++) {
      for (let bits = words[row * wordsPerRow + w]!; bits !== 0; bits &= bits - 1) {
        const x = 32 * w + 31 - Math.clz32(bits & -bits);
        fine.add(2 * x, 2 * y, 2 * z);
      }
    }
  }
  return fine;
}
