import { measureBounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import { USDZ_ALIGNMENT } from './build-usdz.ts';
import type { FileFacts } from './export-model.ts';
import { readArchive } from './read-archive.ts';

const LOCAL_HEADER = 0x04034b50;

/**
 * Reads a package whose scene is text with one mesh of triangles.
 * @throws {AppError} `export.invalid` for a damaged or compressed package, files off their multiple of 64 bytes, a
 *   scene that is not first, a texture that is named but missing, faces beyond the points
 */
export function readUsdz(bytes: Uint8Array, name: string): FileFacts {
  const sceneFile = `${name}.usda`;
  checkLayout(bytes, sceneFile);
  const archive = readArchive('USDZ', bytes);
  const scene = archive.text(sceneFile);
  for (const [, file] of scene.matchAll(/@([^@]+)@/g)) {
    if (!archive.has(file ?? '')) throw broken('USDZ', `it has no ${file}`);
  }
  const positions = listOf(scene, 'point3f[] points').split(/[(), ]+/);
  const points = Float32Array.from(positions.filter(Boolean), Number);
  const indices = listOf(scene, 'int[] faceVertexIndices').split(', ').map(Number);
  const faces = listOf(scene, 'int[] faceVertexCounts').split(', ').length;
  if (indices.length !== 3 * faces) throw broken('USDZ', `${indices.length} corners for ${faces} faces`);
  const beyond = indices.find((vertex) => !(vertex < points.length / 3));
  if (beyond !== undefined) throw broken('USDZ', `vertex ${beyond} of ${points.length / 3}`);
  return { faces, bounds: measureBounds(points), textures: archive.pictures };
}

function listOf(scene: string, name: string): string {
  const start = scene.indexOf(`${name} = [`);
  if (start === -1) throw broken('USDZ', `the scene has no ${name}`);
  return scene.slice(start + name.length + 4, scene.indexOf(']', start + name.length + 4));
}

function checkLayout(bytes: Uint8Array, sceneFile: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at + 30 <= bytes.length && view.getUint32(at, true) === LOCAL_HEADER) {
    const nameLength = view.getUint16(at + 26, true);
    const file = new TextDecoder().decode(bytes.subarray(at + 30, at + 30 + nameLength));
    const data = at + 30 + nameLength + view.getUint16(at + 28, true);
    if (at === 0 && file !== sceneFile) throw broken('USDZ', `it begins with ${file}, expected ${sceneFile}`);
    if (view.getUint16(at + 8, true) !== 0) throw broken('USDZ', `${file} is compressed`);
    if (data % USDZ_ALIGNMENT !== 0) throw broken('USDZ', `${file} begins at byte ${data}`);
    at = data + view.getUint32(at + 18, true);
  }
}
