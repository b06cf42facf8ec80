import { measureBounds } from '../bounds.ts';
import { broken } from './broken-file.ts';
import { MODEL_PART } from './build-3mf.ts';
import type { FileFacts } from './export-model.ts';
import { readArchive } from './read-archive.ts';

/**
 * Reads a package with one object.
 * @throws {AppError} `export.invalid` for a damaged package, a part that is named but missing, triangles without three
 *   corners or with one beyond the vertices
 */
export function read3mf(bytes: Uint8Array): FileFacts {
  const archive = readArchive('3MF', bytes);
  const model = archive.text(MODEL_PART);
  const parts = [archive.text('_rels/.rels'), model].flatMap((text) => [
    ...text.matchAll(/(?:Target|path)="\/([^"]+)"/g),
  ]);
  for (const [, part] of parts) if (!archive.has(part ?? '')) throw broken('3MF', `it has no ${part}`);

  const positions: number[] = [];
  for (const [, x, y, z] of model.matchAll(/<vertex x="([^"]+)" y="([^"]+)" z="([^"]+)"\/>/g)) {
    positions.push(Number(x), Number(y), Number(z));
  }
  let faces = 0;
  for (const [, ...corners] of model.matchAll(/<triangle v1="(\d+)" v2="(\d+)" v3="(\d+)"/g)) {
    const [a = -1, b = -1, c = -1] = corners.map(Number);
    if (a === b || b === c || c === a) throw broken('3MF', `triangle ${faces} repeats a vertex`);
    if (Math.max(a, b, c) >= positions.length / 3) throw broken('3MF', `triangle ${faces} is beyond the vertices`);
    faces++;
  }
  return { faces, bounds: measureBounds(positions), textures: archive.pictures };
}
