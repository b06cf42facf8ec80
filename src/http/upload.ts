/** Checks of an uploaded picture that need no decoder: base64, magic bytes, and the size that the header announces. */
import { AppError } from '../errors.ts';
import type { UploadedImage } from '../jobs/job-service.ts';
import { decodeBase64 } from './decode-base64.ts';
import { describeForeignFormat } from './foreign-format.ts';
import { readImageHeader, sniffImageFormat } from './image-header.ts';

const ACCEPTED = 'a PNG, JPEG, WebP, AVIF, TIFF or GIF picture';
/** A smaller picture cannot show an object. */
export const MIN_SIDE_PX = 16;

/** What stands before the id of a picture that was sent ahead; no base64 begins like this. */
export const UPLOAD_PREFIX = 'upload:';

export interface PictureRules {
  maxPixels: number;
  /** A picture that was sent ahead, by its id. */
  findUpload(id: string): UploadedImage | undefined;
}

/**
 * A picture out of the text of a request.
 * @param field where the picture stood in the request, for messages: `images.front`
 * @param text base64, see `decodeBase64`, or what the upload of a picture answered
 * @throws {AppError} `request.invalid`
 */
export function readUpload(field: string, text: string, { maxPixels, findUpload }: PictureRules): UploadedImage {
  if (text.startsWith(UPLOAD_PREFIX)) {
    const uploaded = findUpload(text.slice(UPLOAD_PREFIX.length));
    if (uploaded) return uploaded;
    throw invalid(`${field}: there is no such upload; it never was, or it has expired. Send the picture again.`);
  }
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalid(`${field}: expected base64 of ${ACCEPTED}, got text that is not base64.`);
  if (bytes.length === 0) throw invalid(`${field}: expected base64 of ${ACCEPTED}, got nothing.`);
  return checkPicture(field, bytes, maxPixels);
}

/**
 * Refuses bytes that are no picture, have a damaged header, or announce too many or too few pixels.
 * @param field name of the picture in messages
 * @throws {AppError} `request.invalid`
 */
export function checkPicture(field: string, bytes: Uint8Array, maxPixels: number): UploadedImage {
  const format = sniffImageFormat(bytes);
  if (format === undefined) throw invalid(`${field}: expected ${ACCEPTED}, got ${describeForeignFormat(bytes)}.`);
  const header = readImageHeader(bytes);
  if (header === undefined) {
    throw invalid(`${field}: the header of this ${format.toUpperCase()} is damaged or cut off; send the whole file.`);
  }
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw invalid(
      `${field}: the picture has ${width} x ${height} pixels (${megapixels(width * height)} megapixels); ` +
        `the limit is ${megapixels(maxPixels)} megapixels. Send a smaller one.`,
    );
  }
  if (Math.min(width, height) < MIN_SIDE_PX) {
    throw invalid(`${field}: expected at least ${MIN_SIDE_PX} pixels on each side, got ${width} x ${height}.`);
  }
  return { bytes, format };
}

function megapixels(pixels: number): string {
  return String(Math.ceil(pixels / 1e4) / 100);
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
