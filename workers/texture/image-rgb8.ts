/** 8-bit colour or data map, rows from the top, three interleaved channels. Base colour is sRGB, other maps are linear. */
export interface ImageRgb8 {
  width: number;
  height: number;
  /** `3 * width * height` bytes. */
  pixels: Uint8Array;
}
