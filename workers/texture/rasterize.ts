/**
 * Z-buffer rasteriser for orthographic cameras, the base of back-projection, visibility and preview pictures.
 *
 * Pixel (i, j) is sampled at its centre (i + 0.5, j + 0.5). Vertices are snapped to 1/1024 pixel, so every edge
 * function is an integer that a double holds exactly (within 16384 pixels of the origin): a sample on an edge that
 * two triangles share belongs to exactly one of them. Both windings are drawn.
 */
import type { OrthographicCamera } from './camera.ts';

/** Nearest surface per pixel, rows from the top. */
export interface RasterImage {
  width: number;
  height: number;
  /** Triangle index, -1 on the background. */
  faceId: Int32Array;
  /** Distance towards the camera from its target in world units, larger is nearer; -Infinity on the background. */
  depth: Float32Array;
  /** Weights of the triangle's second and third corner, two per pixel; 0 on the background. */
  barycentrics: Float32Array;
}

/** Sub-pixel steps per pixel: the products of two coordinate differences stay below 2^53. */
const SUBPIXEL = 1024;

/**
 * Draws a mesh with an orthographic camera.
 * @param positions xyz per vertex, world units
 * @param indices three vertex indices per triangle
 * @returns a new image; where two triangles are equally near the lower index wins
 */
export function rasterize(
  positions: Float32Array,
  indices: Uint32Array,
  camera: OrthographicCamera,
  width: number,
  height: number,
): RasterImage {
  return rasterizeScreen(projectToScreen(positions, camera, width, height), indices, width, height);
}

/** Vertices in screen space: x and y in pixels, then depth (larger is nearer), three doubles per vertex. */
export function projectToScreen(
  positions: Float32Array,
  camera: OrthographicCamera,
  width: number,
  height: number,
): Float64Array {
  const { right, up, toward, target, halfWidth, halfHeight } = camera;
  const scaleX = width / 2 / halfWidth;
  const scaleY = height / 2 / halfHeight;
  const screen = new Float64Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const x = positions[i]! - target[0];
    const y = positions[i + 1]! - target[1];
    const z = positions[i + 2]! - target[2];
    screen[i] = (right[0] * x + right[1] * y + right[2] * z) * scaleX + width / 2;
    screen[i + 1] = height / 2 - (up[0] * x + up[1] * y + up[2] * z) * scaleY;
    screen[i + 2] = toward[0] * x + toward[1] * y + toward[2] * z;
  }
  return screen;
}

/**
 * Draws triangles that are already in screen space; for other projections than `rasterize` offers.
 * Triangles with a coordinate that is not finite, or without area after snapping, are left out.
 * @param screen x, y (pixels) and depth (larger is nearer) per vertex
 */
export function rasterizeScreen(
  screen: Float64Array,
  indices: Uint32Array,
  width: number,
  height: number,
): RasterImage {
  const faceId = new Int32Array(width * height).fill(-1);
  const depth = new Float32Array(width * height).fill(-Infinity);
  const barycentrics = new Float32Array(2 * width * height);
  const snapped = snapVertices(screen);
  const faceCount = indices.length / 3;
  const half = SUBPIXEL / 2;
  const limitX = width * SUBPIXEL;
  const limitY = height * SUBPIXEL;

  for (let face = 0; face < faceCount; face++) {
    const a = indices[3 * face]!;
    let b = indices[3 * face + 1]!;
    let c = indices[3 * face + 2]!;
    const ax = snapped[2 * a]!;
    const ay = snapped[2 * a + 1]!;
    let bx = snapped[2 * b]!;
    let by = snapped[2 * b + 1]!;
    let cx = snapped[2 * c]!;
    let cy = snapped[2 * c + 1]!;
    let area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    // NaN fails both comparisons
    if (!(area > 0 || area < 0)) continue;
    const flipped = area < 0;
    if (flipped) {
      const swap = b;
      const swapX = bx;
      const swapY = by;
      b = c;
      bx = cx;
      by = cy;
      c = swap;
      cx = swapX;
      cy = swapY;
      area = -area;
    }

    // first and last samples, (i + 1/2) * SUBPIXEL, within the bounding box
    let low = Math.min(ax, bx);
    if (cx < low) low = cx;
    let high = Math.max(ax, bx);
    if (cx > high) high = cx;
    if (high < half || low > limitX - half) continue;
    const minX = low <= half ? 0 : Math.ceil((low - half) / SUBPIXEL);
    const maxX = high >= limitX - half ? width - 1 : Math.floor((high - half) / SUBPIXEL);
    low = Math.min(ay, by);
    if (cy < low) low = cy;
    high = Math.max(ay, by);
    if (cy > high) high = cy;
    if (high < half || low > limitY - half) continue;
    const minY = low <= half ? 0 : Math.ceil((low - half) / SUBPIXEL);
    const maxY = high >= limitY - half ? height - 1 : Math.floor((high - half) / SUBPIXEL);
    if (minX > maxX || minY > maxY) continue;

    // Edge functions at the first sample; edge k is opposite to corner k. An edge and its reverse have opposite
    // signs of (dy, dx), so exactly one of them keeps the samples that lie on it: the other is lowered by one unit.
    const px = minX * SUBPIXEL + half;
    const py = minY * SUBPIXEL + half;
    const d0x = cx - bx;
    const d0y = cy - by;
    const d1x = ax - cx;
    const d1y = ay - cy;
    const d2x = bx - ax;
    const d2y = by - ay;
    let row0 = d0x * (py - by) - d0y * (px - bx);
    let row1 = d1x * (py - cy) - d1y * (px - cx);
    let row2 = d2x * (py - ay) - d2y * (px - ax);
    const min0 = d0y < 0 || (d0y === 0 && d0x > 0) ? 0 : 1;
    const min1 = d1y < 0 || (d1y === 0 && d1x > 0) ? 0 : 1;
    const min2 = d2y < 0 || (d2y === 0 && d2x > 0) ? 0 : 1;
    const step0x = -d0y * SUBPIXEL;
    const step1x = -d1y * SUBPIXEL;
    const step2x = -d2y * SUBPIXEL;
    const step0y = d0x * SUBPIXEL;
    const step1y = d1x * SUBPIXEL;
    const step2y = d2x * SUBPIXEL;

    const inverseArea = 1 / area;
    const za = screen[3 * a + 2]!;
    const slopeB = (screen[3 * b + 2]! - za) * inverseArea;
    const slopeC = (screen[3 * c + 2]! - za) * inverseArea;
    const slotB = flipped ? 1 : 0;

    for (let y = minY; y <= maxY; y++, row0 += step0y, row1 += step1y, row2 += step2y) {
      let e0 = row0;
      let e1 = row1;
      let e2 = row2;
      let entered = false;
      for (let x = minX; x <= maxX; x++, e0 += step0x, e1 += step1x, e2 += step2x) {
        if (e0 < min0 || e1 < min1 || e2 < min2) {
          if (entered) break;
          continue;
        }
        entered = true;
        const z = za + slopeB * e1 + slopeC * e2;
        const pixel = y * width + x;
        if (!(z > depth[pixel]!)) continue;
        depth[pixel] = z;
        faceId[pixel] = face;
        barycentrics[2 * pixel + slotB] = e1 * inverseArea;
        barycentrics[2 * pixel + 1 - slotB] = e2 * inverseArea;
      }
    }
  }
  return { width, height, faceId, depth, barycentrics };
}

/** x and y of every vertex in sub-pixel steps. */
function snapVertices(screen: Float64Array): Float64Array {
  const snapped = new Float64Array((screen.length / 3) * 2);
  for (let from = 0, to = 0; from < screen.length; from += 3, to += 2) {
    snapped[to] = Math.floor(screen[from]! * SUBPIXEL + 0.5);
    snapped[to + 1] = Math.floor(screen[from + 1]! * SUBPIXEL + 0.5);
  }
  return snapped;
}
