/** Added to every variance: colours are never known better than this (0.01 in OKLab, squared). */
const MIN_VARIANCE = 1e-4;
const MIN_SHARE = 1e-4;

/** One normal distribution of a mixture, in a form that is quick to evaluate. */
interface Gaussian {
  mean: Float64Array;
  /** Inverse of the lower Cholesky factor of the covariance: xx, yx, yy, zx, zy, zz. */
  whitening: Float64Array;
  /** Log of the weight over the normalisation. */
  logScale: number;
}

/** A mixture of normal distributions of colours in three dimensions. */
export type GaussianMixture = readonly Gaussian[];

/**
 * Fits a mixture to weighted colours: components are split off along the widest axis one by one, then refined by a
 * few rounds of hard assignment, as GrabCut does. Deterministic.
 * @param planes three values per pixel, in planes
 * @param weights one per pixel; pixels of weight 0 are left out
 */
export function fitMixture(
  planes: readonly Float32Array[],
  weights: Float32Array,
  components: number,
): GaussianMixture {
  const n = weights.length;
  const labels = new Uint8Array(n);
  let moments = measureMoments(planes, weights, labels, 1);
  for (let count = 1; count < components; count++) {
    const widest = widestComponent(moments);
    if (widest.variance < 4 * MIN_VARIANCE) break;
    const { axis, mean } = widest;
    for (let i = 0; i < n; i++) {
      if (labels[i] !== widest.index) continue;
      const along =
        (planes[0]![i]! - mean[0]!) * axis[0]! +
        (planes[1]![i]! - mean[1]!) * axis[1]! +
        (planes[2]![i]! - mean[2]!) * axis[2]!;
      if (along > 0) labels[i] = count;
    }
    moments = measureMoments(planes, weights, labels, count + 1);
  }
  let mixture = moments.map(toGaussian);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < n; i++) {
      if (weights[i]! > 0) labels[i] = likeliest(mixture, planes[0]![i]!, planes[1]![i]!, planes[2]![i]!);
    }
    mixture = measureMoments(planes, weights, labels, mixture.length).map(toGaussian);
  }
  return mixture;
}

/** Natural logarithm of the density of one colour. */
export function logDensity(mixture: GaussianMixture, x: number, y: number, z: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let k = 0; k < mixture.length; k++) {
    const log = logTerm(mixture[k]!, x, y, z);
    if (log > peak) {
      sum = sum * Math.exp(peak - log) + 1;
      peak = log;
    } else sum += Math.exp(log - peak);
  }
  return peak + Math.log(sum);
}

function likeliest(mixture: GaussianMixture, x: number, y: number, z: number): number {
  let best = 0;
  let bestLog = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < mixture.length; k++) {
    const log = logTerm(mixture[k]!, x, y, z);
    if (log > bestLog) {
      bestLog = log;
      best = k;
    }
  }
  return best;
}

function logTerm({ mean, whitening, logScale }: Gaussian, x: number, y: number, z: number): number {
  const dx = x - mean[0]!;
  const dy = y - mean[1]!;
  const dz = z - mean[2]!;
  const u = whitening[0]! * dx;
  const v = whitening[1]! * dx + whitening[2]! * dy;
  const w = whitening[3]! * dx + whitening[4]! * dy + whitening[5]! * dz;
  return logScale - 0.5 * (u * u + v * v + w * w);
}

interface Moments {
  share: number;
  mean: Float64Array;
  /** xx, yx, yy, zx, zy, zz. */
  covariance: Float64Array;
}

function measureMoments(
  planes: readonly Float32Array[],
  weights: Float32Array,
  labels: Uint8Array,
  count: number,
): Moments[] {
  // Per component: weight, sums, sums of products.
  const sums = new Float64Array(10 * count);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    if (w === 0) continue;
    const at = 10 * labels[i]!;
    const x = planes[0]![i]!;
    const y = planes[1]![i]!;
    const z = planes[2]![i]!;
    total += w;
    sums[at] = sums[at]! + w;
    sums[at + 1] = sums[at + 1]! + w * x;
    sums[at + 2] = sums[at + 2]! + w * y;
    sums[at + 3] = sums[at + 3]! + w * z;
    sums[at + 4] = sums[at + 4]! + w * x * x;
    sums[at + 5] = sums[at + 5]! + w * y * x;
    sums[at + 6] = sums[at + 6]! + w * y * y;
    sums[at + 7] = sums[at + 7]! + w * z * x;
    sums[at + 8] = sums[at + 8]! + w * z * y;
    sums[at + 9] = sums[at + 9]! + w * z * z;
  }
  return Array.from({ length: count }, (_, k) => {
    const s = sums.subarray(10 * k, 10 * k + 10);
    const w = Math.max(s[0]!, 1e-12);
    const [mx, my, mz] = [s[1]! / w, s[2]! / w, s[3]! / w];
    const covariance = Float64Array.of(
      s[4]! / w - mx * mx + MIN_VARIANCE,
      s[5]! / w - my * mx,
      s[6]! / w - my * my + MIN_VARIANCE,
      s[7]! / w - mz * mx,
      s[8]! / w - mz * my,
      s[9]! / w - mz * mz + MIN_VARIANCE,
    );
    return {
      share: Math.max(MIN_SHARE, s[0]! / Math.max(total, 1e-12)),
      mean: Float64Array.of(mx, my, mz),
      covariance,
    };
  });
}

function toGaussian({ share, mean, covariance: c }: Moments): Gaussian {
  const l11 = Math.sqrt(c[0]!);
  const l21 = c[1]! / l11;
  const l22 = Math.sqrt(Math.max(c[2]! - l21 * l21, MIN_VARIANCE * 1e-3));
  const l31 = c[3]! / l11;
  const l32 = (c[4]! - l31 * l21) / l22;
  const l33 = Math.sqrt(Math.max(c[5]! - l31 * l31 - l32 * l32, MIN_VARIANCE * 1e-3));
  const [i11, i22, i33] = [1 / l11, 1 / l22, 1 / l33];
  const i21 = -l21 * i11 * i22;
  const i32 = -l32 * i22 * i33;
  const i31 = -(l31 * i11 + l32 * i21) * i33;
  const logScale = Math.log(share) - Math.log(l11 * l22 * l33) - 1.5 * Math.log(2 * Math.PI);
  return { mean, whitening: Float64Array.of(i11, i21, i22, i31, i32, i33), logScale };
}

/** The component with the largest variance along one axis, weighted by its share, that axis, and its mean. */
function widestComponent(moments: readonly Moments[]) {
  let best: { index: number; variance: number; axis: Float64Array; mean: Float64Array } = {
    index: 0,
    variance: 0,
    axis: new Float64Array(3),
    mean: new Float64Array(3),
  };
  moments.forEach(({ share, mean, covariance: c }, index) => {
    // Power iteration; 16 rounds settle any axis worth splitting along.
    let axis: Float64Array = Float64Array.of(1, 0.3, 0.2);
    let variance = 0;
    for (let round = 0; round < 16; round++) {
      const next = Float64Array.of(
        c[0]! * axis[0]! + c[1]! * axis[1]! + c[3]! * axis[2]!,
        c[1]! * axis[0]! + c[2]! * axis[1]! + c[4]! * axis[2]!,
        c[3]! * axis[0]! + c[4]! * axis[1]! + c[5]! * axis[2]!,
      );
      variance = Math.hypot(next[0]!, next[1]!, next[2]!);
      axis = next.map((v) => v / (variance || 1));
    }
    if (variance * share > best.variance) best = { index, variance: variance * share, axis, mean };
  });
  return best;
}
