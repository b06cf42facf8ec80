import type { ViewName } from '../../src/protocol/views.ts';
import type { OrthographicCamera } from '../texture/camera.ts';

/** 8-bit picture, sRGB, rows from the top, channels interleaved, straight (not premultiplied) alpha. */
export interface ImageRgba {
  width: number;
  height: number;
  /** `4 * width * height` bytes. */
  pixels: Uint8Array;
}

/**
 * One picture after decode and foreground: the object alone, scaled and centred so that all views agree.
 *
 * Every prepared view is square and of one size (`PREPARED_VIEW_SIZE`). Alpha is the coverage of the object; the colour of pixels
 * with alpha 0 is extended from the object's rim, so that filtering never pulls in the background. `camera` maps
 * world to picture: the object's bounding box, as far as the pictures tell, is centred on the origin and its
 * longest known side is 2.
 */
export interface PreparedView {
  name: ViewName;
  image: ImageRgba;
  camera: OrthographicCamera;
  /** Object's bounds in pixels at alpha >= 128; max is exclusive. */
  bounds: { minX: number; minY: number; maxX: number; maxY: number };
}

/** Side of a prepared view in pixels. */
export const PREPARED_VIEW_SIZE = 768;
/** Share of the frame that a world length of 2 covers. */
export const PREPARED_VIEW_FILL = 0.85;
