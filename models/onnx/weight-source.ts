import type { ExternalData, ValueDtype } from './value.ts';

/** Dtype that a network computes in. */
export type ComputeDtype = 'float32' | 'float16';

/** A run of rows (first axis) of a stored tensor. */
export interface RowRange {
  tensor: string;
  firstRow: number;
  rowCount: number;
}

/** A tensor in the dtype that it was asked in, somewhere on disk. */
export interface PlacedTensor extends ExternalData {
  dtype: ValueDtype;
}

/**
 * Weights in 4 or 8 bits for the runtime's blockwise product: every run of `blockSize` inputs of an output has one
 * scale; a value is `(code - 2^(bits-1)) * scale`.
 */
export interface QuantisedWeight {
  bits: 4 | 8;
  blockSize: number;
  /** uint8 `[out, ceil(in / blockSize), blockSize * bits / 8]`, low nibble first. */
  codes: PlacedTensor;
  /** In the compute dtype, `[out * ceil(in / blockSize)]`. */
  scales: PlacedTensor;
}

/**
 * Where the tensors of a network come from. Whatever can be pointed at in the checkpoint is; the rest is promised a place in
 * a file beside it, which must be written before the graph runs.
 * Shapes are checked: every method throws `AppError` `model.unsupported` for a tensor that is missing or has another shape.
 */
export interface WeightSource {
  readonly compute: ComputeDtype;
  has(name: string): boolean;
  /** A stored tensor. */
  tensor(name: string, shape: readonly number[]): PlacedTensor;
  /** Rows of stored tensors `[*, columns]`, stacked in this order. `key` names the result and must be unique. */
  stackedRows(key: string, rows: readonly RowRange[], columns: number): PlacedTensor;
  /** Values worked out when the weights are prepared; `read` gives any stored tensor in float32. */
  computed(
    key: string,
    shape: readonly number[],
    compute: (read: (name: string) => Float32Array) => Float32Array,
  ): PlacedTensor;
  /** The weight of a linear layer in fewer bits, or undefined where it is to be kept as it is. */
  quantised(
    weight: string | readonly RowRange[],
    key: string,
    out: number,
    columns: number,
  ): QuantisedWeight | undefined;
}
