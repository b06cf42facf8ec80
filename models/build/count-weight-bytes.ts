import { VALUE_DTYPES } from '../onnx/value.ts';
import type { PlacedTensor, WeightSource } from '../onnx/weight-source.ts';

export interface CountedWeights {
  source: WeightSource;
  /** Bytes of all tensors that the source has given out, each once, as they are in memory for computing. */
  bytes(): number;
}

/** Wraps a source of weights so that it counts what a network takes from it. */
export function countWeightBytes(weights: WeightSource): CountedWeights {
  const sizes = new Map<string, number>();
  const count = (tensor: PlacedTensor): PlacedTensor => {
    const { path, dtype, byteOffset, byteLength } = tensor;
    // Stored floats are widened or narrowed when a network is loaded; codes in few bits stay as they are.
    const scale = dtype === 'uint8' ? 1 : VALUE_DTYPES[weights.compute].bytes / VALUE_DTYPES[dtype].bytes;
    sizes.set(`${path}:${byteOffset}`, byteLength * scale);
    return tensor;
  };
  const source: WeightSource = {
    compute: weights.compute,
    has: (name) => weights.has(name),
    tensor: (...request) => count(weights.tensor(...request)),
    stackedRows: (...request) => count(weights.stackedRows(...request)),
    computed: (...request) => count(weights.computed(...request)),
    quantised(...request) {
      const weight = weights.quantised(...request);
      if (weight !== undefined) [weight.codes, weight.scales].forEach(count);
      return weight;
    },
  };
  return { source, bytes: () => sizes.values().reduce((sum, size) => sum + size, 0) };
}
