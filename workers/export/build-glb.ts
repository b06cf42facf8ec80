import { Document, NodeIO, type Texture, type TextureInfo } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { AppError } from '../../src/errors.ts';
import type { TextureFormat } from '../../src/protocol/options.ts';
import { VERSION } from '../../src/version.ts';
import type { Mesh } from '../geometry/mesh.ts';
import { computeTangents } from '../geometry/vertex-tangents.ts';

/** Largest vertex number that 16-bit indices can hold; 65535 is the primitive restart value. */
const MAX_UINT16_VERTICES = 65_535;
/** A model without textures is a neutral, slightly rough grey, linear. */
const PLAIN_COLOR: [number, number, number, number] = [0.6, 0.6, 0.6, 1];
const PLAIN_ROUGHNESS = 0.7;
const GL_LINEAR = 9729;
const GL_LINEAR_MIPMAP_LINEAR = 9987;
const GL_CLAMP_TO_EDGE = 33071;

/** A picture file that goes into the GLB as it is. */
export interface EncodedTexture {
  bytes: Uint8Array;
  format: TextureFormat;
}

export interface GlbContents {
  /** Name of the node, the mesh and the material. */
  name: string;
  /** With normals; with uvs where there are textures. */
  mesh: Mesh & { normals: Float32Array };
  /** As in glTF: base colour sRGB; green roughness and blue metalness; tangent-space normals, +Y up. */
  textures?: { baseColor: EncodedTexture; metallicRoughness?: EncodedTexture; normal?: EncodedTexture } | undefined;
  /** Plain JSON, kept as the file's `extras`. */
  provenance: Record<string, unknown>;
}

/**
 * A binary glTF with one node, one mesh, one primitive and one material. Same contents, same bytes.
 * Tangents are written with a normal map only, in the basis that `bakeNormalMap` used.
 * @throws {AppError} `export.invalid` for textures on a mesh without uvs
 */
export async function buildGlb({ name, mesh, textures, provenance }: GlbContents): Promise<Uint8Array> {
  if (textures && !mesh.uvs) {
    throw new AppError('export.invalid', 'buildGlb: expected uvs for a mesh with textures, got none; unwrap it first');
  }
  const document = new Document();
  const root = document.getRoot();
  root.getAsset().generator = `hy3d ${VERSION}`;
  const buffer = document.createBuffer();
  const accessor = (label: string, type: 'VEC2' | 'VEC3' | 'VEC4', array: Float32Array) =>
    document.createAccessor(label).setType(type).setArray(plain(array)).setBuffer(buffer);

  const material = document.createMaterial(name).setDoubleSided(false);
  const primitive = document
    .createPrimitive()
    .setMaterial(material)
    .setIndices(document.createAccessor('indices').setType('SCALAR').setArray(compactIndices(mesh)).setBuffer(buffer))
    .setAttribute('POSITION', accessor('positions', 'VEC3', mesh.positions))
    .setAttribute('NORMAL', accessor('normals', 'VEC3', mesh.normals));

  if (textures && mesh.uvs) {
    primitive.setAttribute('TEXCOORD_0', accessor('uvs', 'VEC2', mesh.uvs));
    const addTexture = (label: string, { bytes, format }: EncodedTexture): Texture => {
      if (format === 'webp') document.createExtension(EXTTextureWebP).setRequired(true);
      return document.createTexture(label).setMimeType(`image/${format}`).setImage(plain(bytes));
    };
    material.setBaseColorTexture(addTexture('base color', textures.baseColor));
    setSampler(material.getBaseColorTextureInfo());
    if (textures.metallicRoughness) {
      material.setMetallicRoughnessTexture(addTexture('metallic roughness', textures.metallicRoughness));
      setSampler(material.getMetallicRoughnessTextureInfo());
    } else {
      material.setMetallicFactor(0).setRoughnessFactor(PLAIN_ROUGHNESS);
    }
    if (textures.normal) {
      primitive.setAttribute('TANGENT', accessor('tangents', 'VEC4', computeTangents(mesh)));
      material.setNormalTexture(addTexture('normal', textures.normal));
      setSampler(material.getNormalTextureInfo());
    }
  } else {
    material.setBaseColorFactor(PLAIN_COLOR).setMetallicFactor(0).setRoughnessFactor(PLAIN_ROUGHNESS);
  }

  const node = document.createNode(name).setMesh(document.createMesh(name).addPrimitive(primitive));
  root.setDefaultScene(document.createScene(name).addChild(node));
  root.setExtras(provenance);
  return new NodeIO().registerExtensions([EXTTextureWebP]).writeBinary(document);
}

/** Charts are islands with gutters: nothing wraps around. */
function setSampler(info: TextureInfo | null): void {
  info
    ?.setMagFilter(GL_LINEAR)
    .setMinFilter(GL_LINEAR_MIPMAP_LINEAR)
    .setWrapS(GL_CLAMP_TO_EDGE)
    .setWrapT(GL_CLAMP_TO_EDGE);
}

function compactIndices({ positions, indices }: Mesh): Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  return positions.length / 3 <= MAX_UINT16_VERTICES ? Uint16Array.from(indices) : Uint32Array.from(indices);
}

/** The library wants arrays over plain buffers; a copy is made only where the buffer is shared. */
function plain<T extends Float32Array | Uint8Array>(array: T) {
  return (array.buffer instanceof ArrayBuffer ? array : array.slice()) as T extends Float32Array
    ? Float32Array<ArrayBuffer>
    : Uint8Array<ArrayBuffer>;
}
