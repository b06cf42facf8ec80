import sharp from 'sharp';

/** Version of libvips, the library that reads and writes pictures: proof that it loads. */
export function codecVersion(): string {
  return sharp.versions.vips;
}
