import { VERSION } from '../../../src/version.ts';
import { measureBounds } from '../bounds.ts';
import { type BuiltFile, type ExportModel, PLAIN_MATERIAL } from './export-model.ts';
import { type JoinedVertices, joinVertices } from './joined-vertices.ts';
import { orientMesh } from './orient-mesh.ts';
import { decimal, TextBytes } from './text-bytes.ts';
import { textureFileName } from './texture-files.ts';
import { type ArchiveFiles, packZip } from './zip.ts';

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const CORE = 'http://schemas.microsoft.com/3dmanufacturing/core/2015/02';
const MATERIAL = 'http://schemas.microsoft.com/3dmanufacturing/material/2015/02';
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const CONTENT_TYPES = 'http://schemas.openxmlformats.org/package/2006/content-types';
const MODEL_RELATION = 'http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel';
const TEXTURE_RELATION = 'http://schemas.microsoft.com/3dmanufacturing/2013/01/3dtexture';
export const MODEL_PART = '3D/3dmodel.model';
const TEXTURE_FOLDER = '3D/Textures';

/** Numbers of the resources in the model. */
const TEXTURE_ID = 1;
const COLOR_ID = 2;
const OBJECT_ID = 3;

/**
 * 3MF package (core specification 1.3, materials extension 1.2): millimetres, +Z up as the format has it, one object
 * whose vertices are joined across chart borders, with the base colour as texture or else one plain colour.
 */
export function build3mf({ name, mesh, textures }: ExportModel): BuiltFile {
  const joined = joinVertices(orientMesh(mesh, { up: 'z', unit: 'mm' }));
  const texture = mesh.uvs && textures?.files.baseColor;
  const texturePart = texture && `${TEXTURE_FOLDER}/${textureFileName('base-color', texture)}`;

  const model = new TextBytes();
  model.add(`${XML}<model unit="millimeter" xml:lang="en-US" xmlns="${CORE}" xmlns:m="${MATERIAL}">\n`);
  model.add(`<metadata name="Title">${name}</metadata>\n<metadata name="Application">hy3d ${VERSION}</metadata>\n`);
  model.add('<resources>\n');
  if (texture && mesh.uvs) addTexture(model, `path="/${texturePart}" contenttype="image/${texture.format}"`, mesh.uvs);
  else addPlainColor(model);
  model.add(`<object id="${OBJECT_ID}" type="model" name="${name}" pid="${COLOR_ID}" pindex="0"><mesh>\n`);
  addGeometry(model, joined, texture && mesh.indices);
  model.add('</mesh></object>\n</resources>\n');
  model.add(`<build><item objectid="${OBJECT_ID}"/></build>\n</model>\n`);

  const files: ArchiveFiles = {
    '[Content_Types].xml': bytesOf(contentTypes()),
    '_rels/.rels': bytesOf(relationships(MODEL_RELATION, MODEL_PART)),
    [MODEL_PART]: model.toBytes(),
    ...(texture &&
      texturePart && {
        '3D/_rels/3dmodel.model.rels': bytesOf(relationships(TEXTURE_RELATION, texturePart)),
        [texturePart]: texture.bytes,
      }),
  };
  const holds = {
    faces: joined.indices.length / 3,
    bounds: measureBounds(joined.positions),
    textures: texture ? 1 : 0,
  };
  return { bytes: packZip(files), holds };
}

function addTexture(model: TextBytes, file: string, uvs: Float32Array): void {
  model.add(`<m:texture2d id="${TEXTURE_ID}" ${file} tilestyleu="clamp" tilestylev="clamp"/>\n`);
  model.add(`<m:texture2dgroup id="${COLOR_ID}" texid="${TEXTURE_ID}">\n`);
  for (let i = 0; i < uvs.length; i += 2) {
    // The origin is the lower left corner of the picture.
    model.add(`<m:tex2coord u="${decimal(uvs[i]!)}" v="${decimal(1 - uvs[i + 1]!)}"/>\n`);
  }
  model.add('</m:texture2dgroup>\n');
}

function addPlainColor(model: TextBytes): void {
  const grey = PLAIN_MATERIAL.srgb8.toString(16).toUpperCase().repeat(3);
  model.add(`<basematerials id="${COLOR_ID}"><base name="plain" displaycolor="#${grey}"/></basematerials>\n`);
}

/** @param colors for each corner its texture coordinate, where there are some */
function addGeometry(model: TextBytes, { positions, indices }: JoinedVertices, colors: Uint32Array | undefined): void {
  model.add('<vertices>\n');
  for (let i = 0; i < positions.length; i += 3) {
    const [x, y, z] = [positions[i]!, positions[i + 1]!, positions[i + 2]!];
    model.add(`<vertex x="${decimal(x)}" y="${decimal(y)}" z="${decimal(z)}"/>\n`);
  }
  model.add('</vertices>\n<triangles>\n');
  for (let i = 0; i < indices.length; i += 3) {
    model.add(`<triangle v1="${indices[i]}" v2="${indices[i + 1]}" v3="${indices[i + 2]}"`);
    if (colors) model.add(` pid="${COLOR_ID}" p1="${colors[i]}" p2="${colors[i + 1]}" p3="${colors[i + 2]}"`);
    model.add('/>\n');
  }
  model.add('</triangles>\n');
}

function contentTypes(): string {
  const types = {
    rels: 'application/vnd.openxmlformats-package.relationships+xml',
    model: 'application/vnd.ms-package.3dmanufacturing-3dmodel+xml',
    png: 'image/png',
    jpg: 'image/jpeg',
  };
  const defaults = Object.entries(types).map(
    ([ending, type]) => `<Default Extension="${ending}" ContentType="${type}"/>`,
  );
  return `${XML}<Types xmlns="${CONTENT_TYPES}">${defaults.join('')}</Types>\n`;
}

function relationships(type: string, part: string): string {
  const relation = `<Relationship Id="rel0" Type="${type}" Target="/${part}"/>`;
  return `${XML}<Relationships xmlns="${RELATIONSHIPS}">${relation}</Relationships>\n`;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
