import { boxBlur } from './box-blur.ts';

/**
 * Local linear models that tell a mask from colours: around every pixel, mask = a . colour + b. Four planes, the
 * three factors and the offset.
 * @param guide three planes of colours
 * @param mask 0 to 1
 * @param radius half of the side of the square windows, in pixels
 * @param smoothness variance of colour, in the guide's units squared, below which a window counts as flat
 * @see He, Sun and Tang, Guided image filtering, PAMI 2013, section 3.6 for guides of several channels.
 */
export function fitGuidedFilter(
  guide: readonly [Float32Array, Float32Array, Float32Array],
  mask: Float32Array,
  width: number,
  height: number,
  radius: number,
  smoothness: number,
): [Float32Array, Float32Array, Float32Array, Float32Array] {
  const mean = (values: Float32Array): Float32Array => {
    boxBlur(values, width, height, radius);
    return values;
  };
  const product = (p: Float32Array, q: Float32Array): Float32Array => mean(p.map((v, i) => v * q[i]!));
  const [g0, g1, g2] = guide;
  const means = guide.map((plane) => mean(plane.slice()));
  const maskMean = mean(mask.slice());
  const [c00, c01, c02] = [product(g0, g0), product(g0, g1), product(g0, g2)];
  const [c11, c12, c22] = [product(g1, g1), product(g1, g2), product(g2, g2)];
  const [m0, m1, m2] = [product(g0, mask), product(g1, mask), product(g2, mask)];
  const model: [Float32Array, Float32Array, Float32Array, Float32Array] = [m0, m1, m2, maskMean];
  for (let i = 0; i < mask.length; i++) {
    const u0 = means[0]![i]!;
    const u1 = means[1]![i]!;
    const u2 = means[2]![i]!;
    const p = maskMean[i]!;
    const xx = c00[i]! - u0 * u0 + smoothness;
    const xy = c01[i]! - u0 * u1;
    const xz = c02[i]! - u0 * u2;
    const yy = c11[i]! - u1 * u1 + smoothness;
    const yz = c12[i]! - u1 * u2;
    const zz = c22[i]! - u2 * u2 + smoothness;
    const r0 = m0[i]! - u0 * p;
    const r1 = m1[i]! - u1 * p;
    const r2 = m2[i]! - u2 * p;
    // Inverse of the symmetric 3 x 3 covariance by cofactors.
    const k00 = yy * zz - yz * yz;
    const k01 = xz * yz - xy * zz;
    const k02 = xy * yz - xz * yy;
    const k11 = xx * zz - xz * xz;
    const k12 = xy * xz - xx * yz;
    const k22 = xx * yy - xy * xy;
    const scale = 1 / (xx * k00 + xy * k01 + xz * k02);
    const a0 = (k00 * r0 + k01 * r1 + k02 * r2) * scale;
    const a1 = (k01 * r0 + k11 * r1 + k12 * r2) * scale;
    const a2 = (k02 * r0 + k12 * r1 + k22 * r2) * scale;
    m0[i] = a0;
    m1[i] = a1;
    m2[i] = a2;
    maskMean[i] = p - a0 * u0 - a1 * u1 - a2 * u2;
  }
  for (const plane of model) mean(plane);
  return model;
}
