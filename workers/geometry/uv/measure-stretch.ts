/** How evenly an atlas spreads texels; a perfect one has 1 everywhere. All values are relative to the mean density. */
export interface UvStretch {
  /** Area-weighted root mean square of world lengths per texel over all directions (Sander's L2). */
  rms: number;
  /** A world length per texel that 95 % of the area stay below in their worst direction. */
  p95: number;
  /** The same for the worst face. Needle faces make it large without being visible. */
  max: number;
}

/**
 * Measures the stretch of a mesh with uvs. Faces without an area on the surface or in uv are left out.
 * @see Sander, Snyder, Gortler, Hoppe, Texture Mapping Progressive Meshes, SIGGRAPH 2001
 */
export function measureStretch(positions: Float32Array, indices: Uint32Array, uvs: Float32Array): UvStretch {
  const faceCount = indices.length / 3;
  const worst = new Float64Array(faceCount);
  const areas = new Float64Array(faceCount);
  let totalArea = 0;
  let totalUv = 0;
  let squares = 0;
  for (let f = 0; f < faceCount; f++) {
    const a = indices[3 * f]!;
    const b = indices[3 * f + 1]!;
    const c = indices[3 * f + 2]!;
    const bu = uvs[2 * b]! - uvs[2 * a]!;
    const bv = uvs[2 * b + 1]! - uvs[2 * a + 1]!;
    const cu = uvs[2 * c]! - uvs[2 * a]!;
    const cv = uvs[2 * c + 1]! - uvs[2 * a + 1]!;
    const det = bu * cv - cu * bv;
    // Derivatives of the position along u and v, and their first fundamental form.
    let [ss, st, tt] = [0, 0, 0];
    for (let k = 0; k < 3; k++) {
      const origin = positions[3 * a + k]!;
      const ab = positions[3 * b + k]! - origin;
      const ac = positions[3 * c + k]! - origin;
      const s = (ab * cv - ac * bv) / det;
      const t = (ac * bu - ab * cu) / det;
      ss += s * s;
      st += s * t;
      tt += t * t;
    }
    const area = (Math.abs(det) / 2) * Math.sqrt(Math.max(0, ss * tt - st * st));
    if (!(area > 0) || det === 0) continue;
    areas[f] = area;
    totalArea += area;
    totalUv += Math.abs(det) / 2;
    squares += (area * (ss + tt)) / 2;
    worst[f] = Math.sqrt((ss + tt + Math.sqrt((ss - tt) ** 2 + 4 * st * st)) / 2);
  }
  if (totalArea === 0) return { rms: 1, p95: 1, max: 1 };
  const density = Math.sqrt(totalUv / totalArea);
  const order = Uint32Array.from({ length: faceCount }, (_, f) => f).sort((a, b) => worst[a]! - worst[b]! || a - b);
  let below = 0;
  let p95 = 0;
  for (const f of order) {
    below += areas[f]!;
    p95 = worst[f]!;
    if (below >= 0.95 * totalArea) break;
  }
  return {
    rms: Math.sqrt(squares / totalArea) * density,
    p95: p95 * density,
    max: worst[order[order.length - 1]!]! * density,
  };
}
