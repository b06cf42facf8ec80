import { elementCount } from '../../models/checkpoint/tensor-size.ts';
import type { PlacedTensor, WeightSource } from '../../models/onnx/weight-source.ts';

/** Names and shapes of all tensors that a network asks for. */
export type TensorShapes = Map<string, readonly number[]>;

const NOWHERE: PlacedTensor = { path: '/nowhere', dtype: 'float32', byteOffset: 0, byteLength: 0 };

/**
 * A weight source that gives nothing but remembers what it is asked for.
 * @param computedFrom shapes of tensors that are only read to compute others from, as those are not asked for as such
 */
export function recordTensors(
  shapes: TensorShapes,
  computedFrom: ReadonlyMap<string, readonly number[]>,
): WeightSource {
  return {
    compute: 'float32',
    has: () => true,
    tensor(name, shape) {
      shapes.set(name, shape);
      return NOWHERE;
    },
    stackedRows(_, rows, columns) {
      for (const { tensor, firstRow, rowCount } of rows) {
        const [height = 0] = shapes.get(tensor) ?? [];
        shapes.set(tensor, [Math.max(height, firstRow + rowCount), columns]);
      }
      return NOWHERE;
    },
    computed(_, __, compute) {
      // The computation itself is of no interest; its reads are.
      try {
        compute((name) => {
          const shape = computedFrom.get(name);
          if (shape === undefined) throw new Error(`no shape is known for ${name}`);
          shapes.set(name, shape);
          return new Float32Array(elementCount(shape));
        });
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('no shape')) throw error;
      }
      return NOWHERE;
    },
    quantised: () => undefined,
  };
}
