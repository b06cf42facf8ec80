import { VERSION } from '../../../src/version.ts';
import { measureBounds, type Point } from '../bounds.ts';
import type { BuiltFile, ExportModel } from './export-model.ts';
import { decimal, TextBytes } from './text-bytes.ts';
import { textureFiles } from './texture-files.ts';
import { describeUsdMaterial } from './usd-material.ts';
import { packAlignedZip } from './zip.ts';

export const USDZ_ALIGNMENT = 64;

/** How a list that has one item per vertex is marked. */
const PER_VERTEX = ` (
            interpolation = "vertex"
        )`;

/**
 * USDZ package as AR Quick Look takes it: stored files at multiples of 64 bytes, the scene first, as text; one mesh
 * in metres, +Y up, with a `UsdPreviewSurface` and its textures.
 */
export function buildUsdz({ name, mesh, textures }: ExportModel): BuiltFile {
  const { uvs: _, ...geometry } = mesh;
  const bounds = measureBounds(mesh.positions);
  const maps = textures && {
    'base-color': textures.files.baseColor,
    'metallic-roughness': textures.files.metallicRoughness,
    normal: textures.files.normal,
  };
  const scene = new TextBytes();
  scene.add(`#usda 1.0
(
    customLayerData = {
        string creator = "hy3d ${VERSION}"
    }
    defaultPrim = "${name}"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "${name}" (
    kind = "component"
)
{
    def Mesh "mesh" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        uniform bool doubleSided = 0
        float3[] extent = [${tuple(bounds.min)}, ${tuple(bounds.max)}]
        rel material:binding = </${name}/material>
        uniform token subdivisionScheme = "none"
`);
  addGeometry(scene, maps ? mesh : geometry);
  scene.add(`    }\n\n${describeUsdMaterial(`/${name}/material`, maps)}}\n`);

  const pictures = Object.entries(textureFiles(maps ?? {})).map(([file, bytes]) => [`textures/${file}`, bytes]);
  const files = { [`${name}.usda`]: scene.toBytes(), ...Object.fromEntries(pictures) };
  const holds = { faces: mesh.indices.length / 3, bounds, textures: pictures.length };
  return { bytes: packAlignedZip(files, USDZ_ALIGNMENT), holds };
}

function addGeometry(scene: TextBytes, { positions, indices, normals, uvs }: ExportModel['mesh']): void {
  const pointAt = (points: Float32Array) => (i: number) => tuple(points.subarray(3 * i, 3 * i + 3));
  addList(scene, 'int[] faceVertexCounts', indices.length / 3, () => '3');
  addList(scene, 'int[] faceVertexIndices', indices.length, (i) => String(indices[i]));
  addList(scene, 'point3f[] points', positions.length / 3, pointAt(positions));
  addList(scene, 'normal3f[] normals', normals.length / 3, pointAt(normals), PER_VERTEX);
  if (!uvs) return;
  // The origin is the lower left corner of the picture.
  const coordinateAt = (i: number) => tuple([uvs[2 * i]!, 1 - uvs[2 * i + 1]!]);
  addList(scene, 'texCoord2f[] primvars:st', uvs.length / 2, coordinateAt, PER_VERTEX);
}

function addList(scene: TextBytes, name: string, length: number, item: (i: number) => string, metadata = ''): void {
  scene.add(`        ${name} = [`);
  for (let i = 0; i < length; i++) scene.add(i === 0 ? item(i) : `, ${item(i)}`);
  scene.add(`]${metadata}\n`);
}

function tuple(values: Float32Array | Point | readonly number[]): string {
  return `(${Array.from(values, decimal).join(', ')})`;
}
