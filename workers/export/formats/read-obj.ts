import { measureBounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import type { FileFacts } from './export-model.ts';
import { readArchive } from './read-archive.ts';

/**
 * Reads a zip with one OBJ of triangles and its MTL.
 * @throws {AppError} `export.invalid` for a damaged archive, a file that is named but missing, faces beyond the vertices
 */
export function readObj(bytes: Uint8Array, name: string): FileFacts {
  const archive = readArchive('OBJ', bytes);
  const positions: number[] = [];
  let faces = 0;
  let last = 0;
  for (const line of linesOf(archive.text(`${name}.obj`))) {
    if (line.startsWith('v ')) {
      for (const value of line.slice(2).split(' ')) positions.push(Number(value));
    } else if (line.startsWith('f ')) {
      faces++;
      for (const corner of line.slice(2).split(' ')) last = Math.max(last, Number.parseInt(corner, 10));
    }
  }
  if (last > positions.length / 3) throw broken('OBJ', `vertex ${last} of ${positions.length / 3}`);
  for (const [, map] of archive.text(`${name}.mtl`).matchAll(/^(?:map_\w+|norm) (\S+)$/gm)) {
    if (!archive.has(map ?? '')) throw broken('OBJ', `it has no ${map}`);
  }
  return { faces, bounds: measureBounds(positions), textures: archive.pictures };
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
}
