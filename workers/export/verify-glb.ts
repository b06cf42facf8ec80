import { NodeIO } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { AppError } from '../../src/errors.ts';
import { type Bounds, measureBounds } from './bounds.ts';

export interface GlbExpectation {
  faces: number;
  vertices: number;
  textures: number;
  bounds: Bounds;
}

/**
 * Reads a finished GLB again and compares it with what went in, so that a job never completes with a broken file:
 * counts, bounds, vertex numbers in range, finite positions, pictures with a readable header. The Khronos validator,
 * which the tests use, would find no more here and takes twice as long.
 * @throws {AppError} `export.invalid` where it cannot be read or differs
 */
export async function verifyGlb(bytes: Uint8Array, expected: GlbExpectation): Promise<void> {
  const document = await new NodeIO()
    .registerExtensions([EXTTextureWebP])
    .readBinary(bytes)
    .catch((cause: unknown) => {
      throw new AppError('export.invalid', 'the GLB that was written cannot be read again', { cause });
    });
  const textures = document.getRoot().listTextures();
  const primitives = document
    .getRoot()
    .listMeshes()
    .flatMap((mesh) => mesh.listPrimitives());
  const positions = primitives[0]?.getAttribute('POSITION')?.getArray() ?? [];
  const indices = primitives[0]?.getIndices()?.getArray() ?? [];
  const found = {
    faces: indices.length / 3,
    vertices: positions.length / 3,
    textures: textures.length,
  };
  const isSame =
    primitives.length === 1 &&
    found.faces === expected.faces &&
    found.vertices === expected.vertices &&
    found.textures === expected.textures;
  if (!isSame) {
    const { bounds: _, ...counts } = expected;
    const [want, got] = [JSON.stringify(counts), JSON.stringify(found)];
    throw new AppError('export.invalid', `the GLB that was written holds ${got}, expected ${want}`);
  }
  if (!indices.every((vertex) => vertex < found.vertices)) {
    throw new AppError('export.invalid', `the GLB that was written has faces beyond its ${found.vertices} vertices`);
  }
  if (!positions.every(Number.isFinite)) {
    throw new AppError('export.invalid', 'the GLB that was written has positions that are not finite');
  }
  // The same floats, so that nothing may differ.
  const bounds = measureBounds(positions);
  if (!Bun.deepEquals(bounds, expected.bounds)) {
    const [want, got] = [JSON.stringify(expected.bounds), JSON.stringify(bounds)];
    throw new AppError('export.invalid', `the GLB that was written spans ${got}, expected ${want}`);
  }
  const broken = textures.find((texture) => !texture.getSize()?.every((side) => side > 0));
  if (broken) {
    throw new AppError('export.invalid', `the picture "${broken.getName()}" in the GLB has no readable header`);
  }
}
