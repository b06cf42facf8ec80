import type { EncodedTexture } from '../../workers/export/build-glb.ts';
import { encodeTextures, type TextureMaps } from '../../workers/export/encode-textures.ts';
import type { ExportModel } from '../../workers/export/formats/export-model.ts';
import type { ImageRgb8 } from '../../workers/texture/image-rgb8.ts';
import { createUvBox } from './texture-shapes.ts';

/** Half of the sides of the box: all differ, so that no turn goes unseen. */
export const BOX_HALF = [0.5, 1, 0.25] as const;
export const BOX_CENTER = [0, 0.5, 0] as const;
/** Colours of the sides +Z, +X, -Z, -X, +Y, -Y. */
export const SIDE_COLORS = [
  [250, 10, 20],
  [10, 240, 20],
  [10, 20, 230],
  [220, 210, 10],
  [10, 200, 210],
  [200, 10, 190],
] as const;
export const ROUGHNESS = 200;
export const METALNESS = 40;

const SIZE = 48;

/** A box with a chart per side, closed once they are joined, in six flat colours. */
export async function createBoxModel({
  steps = 3,
  format = 'png',
  ...rest
}: Partial<ExportModel> & { steps?: number; format?: EncodedTexture['format'] } = {}): Promise<
  ExportModel & { textures: NonNullable<ExportModel['textures']>; mesh: Required<ExportModel['mesh']> }
> {
  const pixels = boxMaps();
  return {
    name: 'box',
    provenance: { engine: 'hull' },
    unit: 'm',
    up: 'y',
    ...rest,
    mesh: createUvBox(BOX_HALF, steps, BOX_CENTER),
    textures: { pixels, files: await encodeTextures(pixels, format) },
  };
}

function boxMaps(): Required<TextureMaps<ImageRgb8>> {
  const paint = (colorAt: (x: number, y: number) => readonly number[]): ImageRgb8 => {
    const pixels = new Uint8Array(3 * SIZE * SIZE);
    for (let y = 0; y < SIZE; y++) for (let x = 0; x < SIZE; x++) pixels.set(colorAt(x, y), 3 * (y * SIZE + x));
    return { width: SIZE, height: SIZE, pixels };
  };
  return {
    baseColor: paint((x, y) => SIDE_COLORS[Math.floor((3 * x) / SIZE) + 3 * Math.floor((2 * y) / SIZE)]!),
    metallicRoughness: paint(() => [255, ROUGHNESS, METALNESS]),
    normal: paint(() => [128, 128, 255]),
  };
}

/** Colour of the side that a direction from the centre of the box goes through. */
export function sideColor(toward: readonly number[]): readonly number[] {
  const axis = [0, 1, 2].find((k) => Math.abs(toward[k]!) > 0.5)!;
  const isPositive = toward[axis]! > 0;
  const side = axis === 0 ? (isPositive ? 1 : 3) : axis === 1 ? (isPositive ? 4 : 5) : isPositive ? 0 : 2;
  return SIDE_COLORS[side]!;
}
