/** Element types of values in a graph, with their numbers in the ONNX format and their sizes. */
export const VALUE_DTYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  bfloat16: { code: 16, bytes: 2 },
} as const;
export type ValueDtype = keyof typeof VALUE_DTYPES;

/** A size that is known when the graph is built, or the name of one that is known when it runs. */
export type Dim = number | string;

/** What flows along an edge of a graph. */
export interface Value {
  readonly name: string;
  readonly dtype: ValueDtype;
  readonly shape: readonly Dim[];
}

/** Bytes of a tensor that lie in a file. */
export interface ExternalData {
  /** Absolute path. */
  path: string;
  byteOffset: number;
  byteLength: number;
}

/**
 * The size of an axis that must be known when the graph is built; negative axes count from the end.
 * @throws {Error} where it is only known at run time: a mistake in the network's code
 */
export function staticDim(value: Value, axis: number): number {
  const dim = value.shape.at(axis);
  if (typeof dim !== 'number') {
    throw new Error(`${value.name}: axis ${axis} of [${value.shape.join(', ')}] must have a fixed size`);
  }
  return dim;
}
