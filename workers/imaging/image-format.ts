/** Formats that pictures are accepted in; AVIF only, not the patent-bound HEIC that shares its container. */
export const IMAGE_FORMATS = ['png', 'jpeg', 'webp', 'avif', 'tiff', 'gif'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** Tells an accepted format by its magic bytes; undefined for everything else, SVG and PDF among it. */
export function detectImageFormat(bytes: Uint8Array): ImageFormat | undefined {
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (startsWith(bytes, '\xff\xd8\xff')) return 'jpeg';
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'gif';
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return 'webp';
  if (isTiff(bytes)) return 'tiff';
  if (isoBrands(bytes).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return undefined;
}

/** A short name, for error messages, of a file that is not accepted. */
export function describeUnsupported(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  if (startsWith(bytes, '%PDF')) return 'a PDF document';
  if (startsWith(bytes, 'BM')) return 'a BMP picture';
  if (startsWith(bytes, 'PK\x03\x04')) return 'a ZIP archive';
  if (startsWith(bytes, 'glTF')) return 'a GLB model';
  if (isoBrands(bytes).some((brand) => /^(hei[cxms]|hev[cx]|mif1)$/.test(brand))) return 'a HEIC picture';
  const head = latin1(bytes, 0, Math.min(bytes.length, 1024)).trimStart().toLowerCase();
  if (head.includes('<svg')) return 'an SVG drawing';
  if (head.startsWith('<!doctype html') || head.startsWith('<html')) return 'an HTML page';
  if (head.startsWith('<?xml')) return 'an XML document';
  return 'a file of another type';
}

/** Classic TIFF and BigTIFF, either byte order. */
function isTiff(bytes: Uint8Array): boolean {
  return ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => startsWith(bytes, magic));
}

/** Major and compatible brands of an ISO base media file; empty for any other file. */
function isoBrands(bytes: Uint8Array): string[] {
  if (!startsWith(bytes, 'ftyp', 4)) return [];
  const declared = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(declared, bytes.length, 256);
  const brands: string[] = [];
  // Offset 12 holds the minor version, not a brand.
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(latin1(bytes, at, at + 4));
  return brands;
}

function startsWith(bytes: Uint8Array, magic: string, offset = 0): boolean {
  return bytes.length >= offset + magic.length && latin1(bytes, offset, offset + magic.length) === magic;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
