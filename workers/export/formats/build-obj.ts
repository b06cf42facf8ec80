import { VERSION } from '../../../src/version.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { ImageRgb8 } from '../../texture/image-rgb8.ts';
import { measureBounds } from '../bounds.ts';
import type { EncodedTexture } from '../build-glb.ts';
import { type BuiltFile, type ExportModel, PLAIN_MATERIAL } from './export-model.ts';
import { joinVertices } from './joined-vertices.ts';
import { orientMesh } from './orient-mesh.ts';
import { decimal, TextBytes } from './text-bytes.ts';
import { textureFileName, textureFiles } from './texture-files.ts';
import { packZip } from './zip.ts';

/** Channels of the metallic-roughness map. */
const GREEN = 1;
const BLUE = 2;
/** What the material calls each map; those of physically based materials are a common extension. */
const MAP_KEYS = { 'base-color': 'map_Kd', roughness: 'map_Pr', metalness: 'map_Pm', normal: 'norm' };

/**
 * A zip with an OBJ, its MTL and its textures. Positions are joined across chart borders, so that the surface is
 * closed; texture coordinates and normals are not. Roughness and metalness stand in grey pictures of their own, as
 * readers of `map_Pr` and `map_Pm` expect.
 */
export async function buildObj(model: ExportModel): Promise<BuiltFile> {
  const { name, textures } = model;
  const packed = textures?.pixels.metallicRoughness;
  const maps: Record<string, EncodedTexture | undefined> = {
    'base-color': textures?.files.baseColor,
    roughness: packed && (await encodeChannel(packed, GREEN)),
    metalness: packed && (await encodeChannel(packed, BLUE)),
    normal: textures?.files.normal,
  };
  const { text, bounds } = describeGeometry(model);
  const pictures = textureFiles(maps);
  const material = new TextEncoder().encode(describeMaterial(name, maps));
  const bytes = packZip({ [`${name}.obj`]: text, [`${name}.mtl`]: material, ...pictures });
  const faces = model.mesh.indices.length / 3;
  return { bytes, holds: { faces, bounds, textures: Object.keys(pictures).length } };
}

function describeGeometry({ name, mesh, textures, up, unit }: ExportModel) {
  const { normals, uvs, ...oriented } = orientMesh(mesh, { up, unit });
  const { positions, indices } = joinVertices(oriented);
  const hasUvs = textures !== undefined && uvs !== undefined;
  const text = new TextBytes();
  text.add(`# hy3d ${VERSION}, unit=${unit}, up=${up}\nmtllib ${name}.mtl\no ${name}\n`);
  for (let i = 0; i < positions.length; i += 3) {
    text.add(`v ${decimal(positions[i]!)} ${decimal(positions[i + 1]!)} ${decimal(positions[i + 2]!)}\n`);
  }
  if (hasUvs) {
    // The origin is the lower left corner of the picture.
    for (let i = 0; i < uvs.length; i += 2) text.add(`vt ${decimal(uvs[i]!)} ${decimal(1 - uvs[i + 1]!)}\n`);
  }
  for (let i = 0; i < normals.length; i += 3) {
    text.add(`vn ${decimal(normals[i]!)} ${decimal(normals[i + 1]!)} ${decimal(normals[i + 2]!)}\n`);
  }
  text.add(`usemtl ${name}\n`);
  const corner = (i: number): string => {
    const split = mesh.indices[i]! + 1;
    return `${indices[i]! + 1}/${hasUvs ? split : ''}/${split}`;
  };
  for (let i = 0; i < indices.length; i += 3) text.add(`f ${corner(i)} ${corner(i + 1)} ${corner(i + 2)}\n`);
  return { text: text.toBytes(), bounds: measureBounds(positions) };
}

function describeMaterial(name: string, maps: Readonly<Record<string, EncodedTexture | undefined>>): string {
  const color = maps['base-color'] ? 1 : decimal(PLAIN_MATERIAL.srgb8 / 255);
  const lines = [`newmtl ${name}`, `Kd ${color} ${color} ${color}`, 'Ks 0 0 0', 'd 1', 'illum 1'];
  if (!maps.roughness) lines.push(`Pr ${PLAIN_MATERIAL.roughness}`, `Pm ${PLAIN_MATERIAL.metalness}`);
  for (const [stem, key] of Object.entries(MAP_KEYS)) {
    const map = maps[stem];
    if (map) lines.push(`${key} ${textureFileName(stem, map)}`);
  }
  return `${lines.join('\n')}\n`;
}

async function encodeChannel({ pixels, width, height }: ImageRgb8, channel: number): Promise<EncodedTexture> {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = pixels[3 * i + channel]!;
  return { bytes: await encodePng(grey, width, height, 1), format: 'png' };
}
