import { conditionerConfig } from '../../../models/build/network-configs.ts';
import type { ShapeModel } from '../../../models/build/shape-model.ts';
import type { ViewName } from '../../../src/protocol/views.ts';
import type { ImageRgba } from '../../imaging/prepared-view.ts';
import { float32, type NetworkTensor, type OpenNetwork } from '../../runtime/network-session.ts';
import { encoderPixels } from './preprocess/encoder-pixels.ts';
import { processPicture } from './preprocess/process-picture.ts';
import { VIEW_INDEX, viewEmbedding } from './preprocess/view-embedding.ts';

/** What the denoiser is told of the pictures: `[tokens, width]`, views one after another. */
export interface Condition {
  tokens: number;
  width: number;
  values: Float32Array<ArrayBuffer>;
}

/**
 * Encodes the pictures of an object, each recentred by itself, in the order that the networks know.
 * @param pictures one, or for the multi-view networks up to four; alpha is coverage
 */
export async function encodeCondition(
  { config, conditioner }: ShapeModel,
  pictures: Partial<Record<ViewName, ImageRgba>>,
  open: OpenNetwork,
  onProgress: (fraction: number) => void,
): Promise<Condition> {
  const { inputPixels, width, patchPixels, viewEmbedding: hasViewEmbedding } = conditionerConfig(config);
  const { size, border_ratio: borderRatio } = config.image_processor.params;
  const tokensPerView = 1 + (inputPixels / patchPixels) ** 2;
  const views = (Object.entries(pictures) as Array<[ViewName, ImageRgba]>).sort(
    ([a], [b]) => VIEW_INDEX[a] - VIEW_INDEX[b],
  );
  const values = new Float32Array(views.length * tokensPerView * width);
  const session = await open(conditioner);
  try {
    for (const [i, [name, image]] of views.entries()) {
      const picture = processPicture(image, { size, borderRatio });
      const feeds: Record<string, NetworkTensor> = {
        pixels: float32([1, 3, inputPixels, inputPixels], encoderPixels(picture, size, inputPixels)),
      };
      if (hasViewEmbedding) feeds.view_embedding = float32([1, width], viewEmbedding(VIEW_INDEX[name], width));
      const { tokens } = await session.run(feeds, ['tokens']);
      values.set(tokens, i * tokensPerView * width);
      onProgress((i + 1) / views.length);
    }
  } finally {
    await session.release();
  }
  return { tokens: views.length * tokensPerView, width, values };
}
