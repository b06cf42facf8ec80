/** Turns are tried in steps of this many degrees. */
const STEP_DEGREES = 5;
/** A chart stays upright unless turning it makes its bounding box this much smaller. */
const MIN_GAIN = 0.9;

/**
 * Turns every chart so that its bounding box is small, which packs better; charts that lie well stay as they are.
 * Then moves each to the origin, so that all coordinates are positive.
 *
 * @param cornerUv two numbers per corner; rewritten in place
 * @returns width and height per chart
 */
export function orientCharts(chart: Int32Array, chartCount: number, cornerUv: Float64Array): Float64Array {
  const cosines: number[] = [];
  const sines: number[] = [];
  for (let degrees = 0; degrees < 90; degrees += STEP_DEGREES) {
    cosines.push(Math.cos((degrees * Math.PI) / 180));
    sines.push(Math.sin((degrees * Math.PI) / 180));
  }
  const turns = cosines.length;
  const boxes = new Float64Array(chartCount * turns * 4);
  for (let i = 0; i < boxes.length; i += 2) {
    boxes[i] = Infinity;
    boxes[i + 1] = -Infinity;
  }
  for (let corner = 0; corner < 3 * chart.length; corner++) {
    const u = cornerUv[2 * corner]!;
    const v = cornerUv[2 * corner + 1]!;
    let box = chart[(corner / 3) | 0]! * turns * 4;
    for (let t = 0; t < turns; t++, box += 4) {
      const x = cosines[t]! * u - sines[t]! * v;
      const y = sines[t]! * u + cosines[t]! * v;
      if (x < boxes[box]!) boxes[box] = x;
      if (x > boxes[box + 1]!) boxes[box + 1] = x;
      if (y < boxes[box + 2]!) boxes[box + 2] = y;
      if (y > boxes[box + 3]!) boxes[box + 3] = y;
    }
  }
  const sizes = new Float64Array(chartCount * 2);
  const chosen = new Int32Array(chartCount);
  for (let c = 0; c < chartCount; c++) {
    const areaOf = (t: number): number => {
      const box = (c * turns + t) * 4;
      return (boxes[box + 1]! - boxes[box]!) * (boxes[box + 3]! - boxes[box + 2]!);
    };
    let best = 0;
    for (let t = 1; t < turns; t++) {
      const limit = best === 0 ? MIN_GAIN * areaOf(0) : areaOf(best);
      if (areaOf(t) < limit) best = t;
    }
    chosen[c] = best;
    const box = (c * turns + best) * 4;
    sizes[2 * c] = boxes[box + 1]! - boxes[box]!;
    sizes[2 * c + 1] = boxes[box + 3]! - boxes[box + 2]!;
  }
  for (let corner = 0; corner < 3 * chart.length; corner++) {
    const c = chart[(corner / 3) | 0]!;
    const t = chosen[c]!;
    const box = (c * turns + t) * 4;
    const u = cornerUv[2 * corner]!;
    const v = cornerUv[2 * corner + 1]!;
    cornerUv[2 * corner] = cosines[t]! * u - sines[t]! * v - boxes[box]!;
    cornerUv[2 * corner + 1] = sines[t]! * u + cosines[t]! * v - boxes[box + 2]!;
  }
  return sizes;
}
