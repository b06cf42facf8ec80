import type { EncodedTexture } from '../build-glb.ts';
import { PLAIN_MATERIAL } from './export-model.ts';
import { textureFileName } from './texture-files.ts';

export type UsdMaps = Readonly<
  { 'base-color': EncodedTexture } & Partial<Record<'metallic-roughness' | 'normal', EncodedTexture | undefined>>
>;

/**
 * A material of the preview surface as USD text, indented as a child of a root prim.
 * @param path absolute path of the material in the scene
 * @param maps read from the folder `textures`
 */
export function describeUsdMaterial(path: string, maps: UsdMaps | undefined): string {
  const shaders = [surface(path, maps)];
  if (maps) {
    shaders.push(
      shader('coordinates', 'UsdPrimvarReader_float2', ['string inputs:varname = "st"', 'float2 outputs:result']),
      texture(path, 'base-color', maps['base-color'], { space: 'sRGB', outputs: ['float3 outputs:rgb'] }),
    );
    if (maps['metallic-roughness']) {
      const outputs = ['float outputs:g', 'float outputs:b'];
      shaders.push(texture(path, 'metallic-roughness', maps['metallic-roughness'], { space: 'raw', outputs }));
    }
    if (maps.normal) {
      // From the range of a picture to that of a normal.
      const range = ['float4 inputs:bias = (-1, -1, -1, 0)', 'float4 inputs:scale = (2, 2, 2, 1)'];
      shaders.push(texture(path, 'normal', maps.normal, { space: 'raw', outputs: [...range, 'float3 outputs:rgb'] }));
    }
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  return indent(1, [
    `def Material "${name}"`,
    '{',
    `    token outputs:surface.connect = <${path}/surface.outputs:surface>`,
    ...shaders.flatMap((lines) => ['', ...lines.map((line) => `    ${line}`)]),
    '}',
  ]);
}

function surface(path: string, maps: UsdMaps | undefined): string[] {
  const { linear, roughness, metalness } = PLAIN_MATERIAL;
  const input = (type: string, name: string, map: string, output: string) =>
    `${type} inputs:${name}.connect = <${path}/${identifier(map)}.outputs:${output}>`;
  const packed = maps?.['metallic-roughness'];
  return shader('surface', 'UsdPreviewSurface', [
    maps
      ? input('color3f', 'diffuseColor', 'base-color', 'rgb')
      : `color3f inputs:diffuseColor = (${linear}, ${linear}, ${linear})`,
    packed ? input('float', 'metallic', 'metallic-roughness', 'b') : `float inputs:metallic = ${metalness}`,
    packed ? input('float', 'roughness', 'metallic-roughness', 'g') : `float inputs:roughness = ${roughness}`,
    ...(maps?.normal ? [input('normal3f', 'normal', 'normal', 'rgb')] : []),
    'token outputs:surface',
  ]);
}

function texture(
  path: string,
  stem: string,
  file: EncodedTexture,
  { space, outputs }: { space: 'sRGB' | 'raw'; outputs: readonly string[] },
): string[] {
  return shader(identifier(stem), 'UsdUVTexture', [
    `asset inputs:file = @textures/${textureFileName(stem, file)}@`,
    `token inputs:sourceColorSpace = "${space}"`,
    `float2 inputs:st.connect = <${path}/coordinates.outputs:result>`,
    'token inputs:wrapS = "clamp"',
    'token inputs:wrapT = "clamp"',
    ...outputs,
  ]);
}

function shader(name: string, id: string, properties: readonly string[]): string[] {
  return [
    `def Shader "${name}"`,
    '{',
    `    uniform token info:id = "${id}"`,
    ...properties.map((property) => `    ${property}`),
    '}',
  ];
}

function identifier(stem: string): string {
  return stem.replaceAll('-', '_');
}

function indent(depth: number, lines: readonly string[]): string {
  return lines.map((line) => (line ? `${'    '.repeat(depth)}${line}\n` : '\n')).join('');
}
