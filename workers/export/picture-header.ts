import { ImageUtils } from '@gltf-transform/core';

/** Whether the beginning of a picture tells its size. */
export function hasPictureHeader(bytes: Uint8Array, mimeType: string): boolean {
  try {
    return ImageUtils.getSize(bytes as Uint8Array<ArrayBuffer>, mimeType)?.every((side) => side > 0) ?? false;
  } catch {
    return false;
  }
}
