import { NodeIO } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { AppError } from '../../src/errors.ts';

export interface GlbExpectation {
  faces: number;
  vertices: number;
  textures: number;
}

/**
 * Reads a finished GLB again and compares it with what went in, so that a job never completes with a broken file:
 * counts, vertex numbers in range, finite positions, pictures with a readable header. The Khronos validator, which the
 * tests use, would find no more here and takes twice as long.
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
  const found: GlbExpectation = {
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
    const [want, got] = [JSON.stringify(expected), JSON.stringify(found)];
    throw new AppError('export.invalid', `the GLB that was written holds ${got}, expected ${want}`);
  }
  if (!indices.every((vertex) => vertex < found.vertices)) {
    throw new AppError('export.invalid', `the GLB that was written has faces beyond its ${found.vertices} vertices`);
  }
  if (!positions.every(Number.isFinite)) {
    throw new AppError('export.invalid', 'the GLB that was written has positions that are not finite');
  }
  const broken = textures.find((texture) => !texture.getSize()?.every((side) => side > 0));
  if (broken) {
    throw new AppError('export.invalid', `the picture "${broken.getName()}" in the GLB has no readable header`);
  }
}
