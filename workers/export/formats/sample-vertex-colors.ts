import type { ImageRgb8 } from '../../texture/image-rgb8.ts';

/**
 * The colour of a picture at each vertex, bilinear, in the picture's own transfer curve.
 * @param uvs uv per vertex, (0, 0) at the upper left corner of the picture; outside of [0, 1] the border counts
 * @returns RGB per vertex
 */
export function sampleVertexColors({ pixels, width, height }: ImageRgb8, uvs: Float32Array): Uint8Array {
  const colors = new Uint8Array((uvs.length / 2) * 3);
  for (let v = 0; v < uvs.length / 2; v++) {
    const x = clamp(uvs[2 * v]! * width - 0.5, width - 1);
    const y = clamp(uvs[2 * v + 1]! * height - 0.5, height - 1);
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
    const [fx, fy] = [x - left, y - top];
    for (let c = 0; c < 3; c++) {
      const at = (column: number, row: number): number => pixels[3 * (row * width + column) + c]!;
      const upper = at(left, top) * (1 - fx) + at(right, top) * fx;
      const lower = at(left, bottom) * (1 - fx) + at(right, bottom) * fx;
      colors[3 * v + c] = Math.round(upper * (1 - fy) + lower * fy);
    }
  }
  return colors;
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}
