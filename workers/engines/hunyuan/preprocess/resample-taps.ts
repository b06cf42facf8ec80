/**
 * What each result sample of one axis takes from the source samples: the entries `first[d]` up to `first[d + 1]` of
 * `source` (indices inside the source) and `weight` (adding up to 1) belong to result sample d.
 */
export interface AxisTaps {
  first: Uint32Array;
  source: Uint32Array;
  weight: Float64Array;
}

/** Kernel parameter of the cubic. */
const CUBIC_A = -0.75;
/** Slivers of a source sample below this share count as nothing. */
const AREA_EPSILON = 1e-3;

/** Averages what a result sample covers of the source: reduction from `n` to `m <= n` samples. */
export function areaTaps(n: number, m: number): AxisTaps {
  const step = n / m;
  return collectTaps(n, m, (d, add) => {
    const start = d * step;
    const covered = Math.min(step, n - start);
    const end = Math.min(Math.floor(start + step), n - 1);
    const begin = Math.min(Math.ceil(start), end);
    if (begin - start > AREA_EPSILON) add(begin - 1, (begin - start) / covered);
    for (let i = begin; i < end; i++) add(i, 1 / covered);
    const rest = start + step - end;
    if (rest > AREA_EPSILON) add(end, Math.min(rest, 1, covered) / covered);
  });
}

/** The averaging kernel's form for enlargement: blends two neighbours where a result sample lies across both. */
export function enlargingAreaTaps(n: number, m: number): AxisTaps {
  const step = n / m;
  return collectTaps(n, m, (d, add) => {
    const i = Math.floor(d * step);
    const reach = d + 1 - (i + 1) / step;
    const t = reach <= 0 ? 0 : reach - Math.floor(reach);
    add(i, 1 - t);
    add(i + 1, t);
  });
}

/** Four-tap cubic through half-pixel centres, not widened when it reduces, border samples repeated. */
export function cubicTaps(n: number, m: number): AxisTaps {
  const step = n / m;
  const a = CUBIC_A;
  const near = (t: number) => ((a + 2) * t - (a + 3)) * t * t + 1;
  return collectTaps(n, m, (d, add) => {
    const centre = (d + 0.5) * step - 0.5;
    const i = Math.floor(centre);
    const t = centre - i;
    const before = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
    const left = near(t);
    const right = near(1 - t);
    add(i - 1, before);
    add(i, left);
    add(i + 1, right);
    add(i + 2, 1 - before - left - right);
  });
}

/** Triangle kernel through half-pixel centres, widened to the step when it reduces (antialias), cut at the border. */
export function linearTaps(n: number, m: number): AxisTaps {
  const step = n / m;
  const radius = Math.max(1, step);
  return collectTaps(n, m, (d, add) => {
    const centre = (d + 0.5) * step;
    const begin = Math.max(0, Math.floor(centre - radius + 0.5));
    const end = Math.min(n, Math.floor(centre + radius + 0.5));
    const heightAt = (i: number) => Math.max(0, 1 - Math.abs(i + 0.5 - centre) / radius);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += heightAt(i);
    for (let i = begin; i < end; i++) add(i, heightAt(i) / sum);
  });
}

/** Gathers the taps of `m` result samples; indices outside the source move to its border. */
function collectTaps(
  n: number,
  m: number,
  tapsOf: (d: number, add: (source: number, weight: number) => void) => void,
): AxisTaps {
  const first = new Uint32Array(m + 1);
  const source: number[] = [];
  const weight: number[] = [];
  const add = (index: number, share: number) => {
    source.push(Math.min(n - 1, Math.max(0, index)));
    weight.push(share);
  };
  for (let d = 0; d < m; d++) {
    tapsOf(d, add);
    first[d + 1] = source.length;
  }
  return { first, source: Uint32Array.from(source), weight: Float64Array.from(weight) };
}
