import type { TextureFormat } from '../../src/protocol/options.ts';
import { encodeJpeg, encodePng, encodeWebp } from '../imaging/encode-image.ts';
import type { ImageRgb8 } from '../texture/image-rgb8.ts';
import type { EncodedTexture } from './build-glb.ts';

/** Normals bend visibly where colours of this quality still look right. */
const JPEG_NORMAL_QUALITY = 95;

export type TextureMaps<T> = { baseColor: T; metallicRoughness?: T; normal?: T };

/**
 * Encodes the maps of a material. All are lossless as PNG. As WebP the normal map alone stays lossless: lossy WebP
 * halves the resolution of chroma, which here is a coordinate of the normal, and was measured to turn 1 % of the
 * normals by 6 to 12 degrees.
 */
export async function encodeTextures(
  { baseColor, metallicRoughness, normal }: TextureMaps<ImageRgb8>,
  format: TextureFormat,
): Promise<TextureMaps<EncodedTexture>> {
  const [color, material, normals] = await Promise.all([
    encodeTexture(baseColor, format, false),
    metallicRoughness && encodeTexture(metallicRoughness, format, false),
    normal && encodeTexture(normal, format, true),
  ]);
  return { baseColor: color, ...(material && { metallicRoughness: material }), ...(normals && { normal: normals }) };
}

async function encodeTexture(image: ImageRgb8, format: TextureFormat, isNormalMap: boolean): Promise<EncodedTexture> {
  const { pixels, width, height } = image;
  switch (format) {
    case 'png':
      return { format, bytes: await encodePng(pixels, width, height, 3) };
    case 'jpeg':
      return {
        format,
        bytes: await encodeJpeg(pixels, width, height, 3, isNormalMap ? { quality: JPEG_NORMAL_QUALITY } : {}),
      };
    case 'webp':
      return { format, bytes: await encodeWebp(pixels, width, height, 3, { lossless: isNormalMap }) };
  }
}
