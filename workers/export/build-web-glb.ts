import { Logger, NodeIO } from '@gltf-transform/core';
import { EXTMeshoptCompression, EXTTextureWebP, KHRMeshQuantization } from '@gltf-transform/extensions';
import { getBounds, meshopt } from '@gltf-transform/functions';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { measureBounds } from './bounds.ts';
import { buildGlb, type GlbContents } from './build-glb.ts';
import { broken } from './formats/broken-file.ts';
import type { BuiltFile, FileFacts } from './formats/export-model.ts';
import { hasPictureHeader } from './picture-header.ts';

/** A quarter of a texel of the largest texture. */
const UV_BITS = 14;
/** Normals of 8 bits show as bands on smooth, shiny surfaces. */
const NORMAL_BITS = 10;

/**
 * A GLB for web pages: vertices in the order that compresses best, quantised, compressed by meshoptimizer.
 * @param contents with textures as WebP
 */
export async function buildWebGlb(contents: GlbContents): Promise<BuiltFile> {
  const io = await createIo();
  const document = await io.readBinary(await buildGlb(contents));
  // It would report on stderr what it tidies up.
  document.setLogger(new Logger(Logger.Verbosity.WARN));
  const bits = { quantizeTexcoord: UV_BITS, quantizeNormal: NORMAL_BITS };
  await document.transform(meshopt({ encoder: MeshoptEncoder, level: 'medium', ...bits }));
  const { mesh, textures } = contents;
  const holds = {
    faces: mesh.indices.length / 3,
    bounds: measureBounds(mesh.positions),
    textures: Object.keys(textures ?? {}).length,
  };
  return { bytes: await io.writeBinary(document), holds };
}

/** @throws {AppError} `export.invalid` if it cannot be read, or has a picture without a header */
export async function readWebGlb(bytes: Uint8Array): Promise<FileFacts> {
  const io = await createIo();
  const document = await io.readBinary(bytes).catch((cause: unknown) => {
    throw broken('web GLB', 'it cannot be read', cause);
  });
  const root = document.getRoot();
  const primitives = root.listMeshes().flatMap((mesh) => mesh.listPrimitives());
  const corners = primitives.reduce((sum, primitive) => sum + (primitive.getIndices()?.getCount() ?? 0), 0);
  const textures = root.listTextures();
  for (const texture of textures) {
    if (!hasPictureHeader(texture.getImage() ?? new Uint8Array(), texture.getMimeType())) {
      throw broken('web GLB', `the picture "${texture.getName()}" has no readable header`);
    }
  }
  const scene = root.getDefaultScene();
  if (!scene) throw broken('web GLB', 'it has no scene');
  return { faces: corners / 3, bounds: getBounds(scene), textures: textures.length };
}

async function createIo(): Promise<NodeIO> {
  await Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready]);
  return new NodeIO()
    .registerExtensions([EXTMeshoptCompression, EXTTextureWebP, KHRMeshQuantization])
    .registerDependencies({ 'meshopt.encoder': MeshoptEncoder, 'meshopt.decoder': MeshoptDecoder });
}
