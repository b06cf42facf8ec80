/**
 * Splits charts into edge-connected parts and numbers them in the order of their first face.
 *
 * @param pair opposite half-edges, -1 at borders
 * @param chart chart per face, negative for faces to leave alone; rewritten in place
 * @returns number of charts
 */
export function splitIntoConnectedCharts(pair: Int32Array, chart: Int32Array): number {
  const faceCount = chart.length;
  const part = new Int32Array(faceCount).fill(-1);
  const stack = new Int32Array(faceCount);
  let count = 0;
  for (let seed = 0; seed < faceCount; seed++) {
    if (part[seed] !== -1 || chart[seed]! < 0) continue;
    part[seed] = count;
    stack[0] = seed;
    let size = 1;
    while (size > 0) {
      const f = stack[--size]!;
      for (let h = 3 * f; h < 3 * f + 3; h++) {
        const other = pair[h]!;
        if (other < 0) continue;
        const g = (other / 3) | 0;
        if (part[g] !== -1 || chart[g] !== chart[f]) continue;
        part[g] = count;
        stack[size++] = g;
      }
    }
    count++;
  }
  chart.set(part);
  return count;
}
