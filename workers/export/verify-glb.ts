import { NodeIO } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { inspect } from '@gltf-transform/functions';
import { AppError } from '../../src/errors.ts';

export interface GlbExpectation {
  faces: number;
  vertices: number;
  textures: number;
}

/**
 * Reads a finished GLB again and compares it with what went in, so that a job never completes with a broken file.
 * @throws {AppError} `export.invalid` where it cannot be read or differs
 */
export async function verifyGlb(bytes: Uint8Array, expected: GlbExpectation): Promise<void> {
  const document = await new NodeIO()
    .registerExtensions([EXTTextureWebP])
    .readBinary(bytes)
    .catch((cause: unknown) => {
      throw new AppError('export.invalid', 'the GLB that was written cannot be read again', { cause });
    });
  const { meshes, textures } = inspect(document);
  const [mesh, ...others] = meshes.properties;
  const found: GlbExpectation = {
    faces: mesh?.glPrimitives ?? 0,
    vertices: mesh?.vertices ?? 0,
    textures: textures.properties.length,
  };
  const isSame =
    others.length === 0 &&
    found.faces === expected.faces &&
    found.vertices === expected.vertices &&
    found.textures === expected.textures;
  if (!isSame) {
    const [want, got] = [JSON.stringify(expected), JSON.stringify(found)];
    throw new AppError('export.invalid', `the GLB that was written holds ${got}, expected ${want}`);
  }
}
