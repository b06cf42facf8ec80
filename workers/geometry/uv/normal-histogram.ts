/** Cells along each side of a cube face. */
const BIN_SIDE = 4;
/** Bins of a histogram of directions: the cells of a cube around the origin. */
export const NORMAL_BINS = 6 * BIN_SIDE * BIN_SIDE;

/** Unit vector through the middle of every bin. */
const BIN_DIRECTIONS = binDirections();

/** Bin of a direction; the length does not matter, the zero vector falls into some bin. */
export function normalBin(x: number, y: number, z: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const az = Math.abs(z);
  if (ax >= ay && ax >= az) return cell(x < 0 ? 1 : 0, y, z, ax);
  if (ay >= az) return cell(y < 0 ? 3 : 2, x, z, ay);
  return cell(z < 0 ? 5 : 4, x, y, az);
}

/** Sum of the bins (from `offset`) whose direction stands at 90 degrees or more to the unit vector (x, y, z). */
export function shareFacingAway(bins: Float64Array, offset: number, x: number, y: number, z: number): number {
  let sum = 0;
  for (let i = 0; i < NORMAL_BINS; i++) {
    const d = BIN_DIRECTIONS[3 * i]! * x + BIN_DIRECTIONS[3 * i + 1]! * y + BIN_DIRECTIONS[3 * i + 2]! * z;
    if (d <= 0) sum += bins[offset + i]!;
  }
  return sum;
}

function cell(side: number, u: number, v: number, major: number): number {
  if (major === 0) return 0;
  const i = Math.min(BIN_SIDE - 1, Math.floor(((u / major + 1) * BIN_SIDE) / 2));
  const j = Math.min(BIN_SIDE - 1, Math.floor(((v / major + 1) * BIN_SIDE) / 2));
  return (side * BIN_SIDE + j) * BIN_SIDE + i;
}

function binDirections(): Float64Array {
  const directions = new Float64Array(NORMAL_BINS * 3);
  for (let i = 0; i < NORMAL_BINS; i++) {
    const side = Math.floor(i / (BIN_SIDE * BIN_SIDE));
    const u = (((i % BIN_SIDE) + 0.5) * 2) / BIN_SIDE - 1;
    const v = (((Math.floor(i / BIN_SIDE) % BIN_SIDE) + 0.5) * 2) / BIN_SIDE - 1;
    const major = side % 2 === 0 ? 1 : -1;
    const d = side < 2 ? [major, u, v] : side < 4 ? [u, major, v] : [u, v, major];
    const length = Math.hypot(1, u, v);
    for (let k = 0; k < 3; k++) directions[3 * i + k] = d[k]! / length;
  }
  return directions;
}
