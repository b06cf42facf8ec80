/**
 * Centres positions on the origin and scales them uniformly so that the longest side of their bounding box is 2.
 * @param positions xyz per vertex
 * @returns a copy; positions without extent are only centred
 */
export function fitToUnitCube(positions: Float32Array): Float32Array {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis++) {
      const value = positions[i + axis]!;
      if (value < min[axis]!) min[axis] = value;
      if (value > max[axis]!) max[axis] = value;
    }
  }
  const longest = Math.max(max[0]! - min[0]!, max[1]! - min[1]!, max[2]! - min[2]!);
  const scale = longest > 0 ? 2 / longest : 1;
  const fitted = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    const axis = i % 3;
    fitted[i] = (positions[i]! - (min[axis]! + max[axis]!) / 2) * scale;
  }
  return fitted;
}
