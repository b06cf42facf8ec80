/** Lowers a field to the visual hull of its two silhouettes. `front` is over x and y, `side` over z and y. */
export function clampToHull(
  values: Float32Array,
  front: Float32Array,
  side: Float32Array,
  [nx, ny, nz]: readonly [number, number, number],
): void {
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const sideDistance = side[k + nz * j]!;
      for (let i = 0; i < nx; i++, at++) {
        const hull = Math.min(front[i + nx * j]!, sideDistance);
        if (values[at]! > hull) values[at] = hull;
      }
    }
  }
}

/**
 * Raises the rays of covered pixels on which no sample is inside by as much as the silhouette is, up to `cap`. What
 * is nearest to the inside comes up first, so that the surface grows where it almost was.
 */
export function coverSilhouettes(
  values: Float32Array,
  front: Float32Array,
  side: Float32Array,
  dims: readonly [number, number, number],
  cap: number,
): void {
  const [nx, ny, nz] = dims;
  const highest = new Float32Array(nx * ny).fill(Number.NEGATIVE_INFINITY);
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let a = 0; a < highest.length; a++, at++) if (values[at]! > highest[a]!) highest[a] = values[at]!;
  }
  const missing = highest.map((value, a) => (front[a]! > 0 ? Math.max(0, Math.min(front[a]!, cap) - value) : 0));
  at = 0;
  for (let k = 0; k < nz; k++) for (let a = 0; a < missing.length; a++, at++) values[at]! += missing[a]!;

  for (let row = 0; row < ny * nz; row++) {
    const k = Math.floor(row / ny);
    const sideDistance = side[k + nz * (row - k * ny)]!;
    if (sideDistance <= 0) continue;
    const start = row * nx;
    let best = Number.NEGATIVE_INFINITY;
    for (let i = start; i < start + nx; i++) if (values[i]! > best) best = values[i]!;
    const lift = Math.min(sideDistance, cap) - best;
    if (lift > 0) for (let i = start; i < start + nx; i++) values[i]! += lift;
  }
}
