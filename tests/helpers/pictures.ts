import type { ImageRgba } from '../../workers/imaging/prepared-view.ts';

export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** A picture whose colour at each pixel's centre, in pixels from the upper left corner, is computed. */
export function drawPicture(width: number, height: number, colorAt: (x: number, y: number) => Rgba): ImageRgba {
  const pixels = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      pixels.set(
        colorAt(x + 0.5, y + 0.5).map((v) => Math.round(Math.min(255, Math.max(0, v)))),
        4 * (y * width + x),
      );
    }
  }
  return { width, height, pixels };
}

/** Antialiased coverage of a shape from its signed distance in pixels, positive inside. */
export function edge(signedDistance: number): number {
  return Math.min(1, Math.max(0, signedDistance + 0.5));
}

/** `over` drawn on `under` with the given coverage, opaque. */
export function blend(
  over: readonly [number, number, number],
  under: readonly [number, number, number],
  coverage: number,
): Rgba {
  const mix = (c: 0 | 1 | 2): number => over[c] * coverage + under[c] * (1 - coverage);
  return [mix(0), mix(1), mix(2), 255];
}

/** A small seeded generator of numbers from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Intersection over union of what has alpha >= 128 with what `isInside` says of pixel centres. */
export function maskAgreement(
  { width, height, pixels }: ImageRgba,
  isInside: (x: number, y: number) => boolean,
): number {
  let [both, either] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const found = pixels[4 * (y * width + x) + 3]! >= 128;
      const expected = isInside(x + 0.5, y + 0.5);
      if (found && expected) both++;
      if (found || expected) either++;
    }
  }
  return both / either;
}
