/** Element types that a checkpoint may hold, as safetensors spells them. */
export const TENSOR_DTYPES = ['F16', 'BF16', 'F32', 'F64', 'I8', 'U8', 'I16', 'I32', 'I64', 'BOOL'] as const;
export type TensorDtype = (typeof TENSOR_DTYPES)[number];

export const BYTES_PER_ELEMENT: Record<TensorDtype, number> = {
  F16: 2,
  BF16: 2,
  F32: 4,
  F64: 8,
  I8: 1,
  U8: 1,
  I16: 2,
  I32: 4,
  I64: 8,
  BOOL: 1,
};

/** Where a tensor lies in its file: row-major, little-endian, in one piece. */
export interface StoredTensor {
  name: string;
  dtype: TensorDtype;
  shape: readonly number[];
  /** From the start of the file. */
  byteOffset: number;
  byteLength: number;
}

/** An open checkpoint file. Only its table of contents is in memory; tensors are read by ranges. */
export interface Checkpoint {
  /** Absolute path of the file. */
  readonly path: string;
  readonly byteLength: number;
  /**
   * By full name. Nested mappings are joined by dots, so that every published file reads the same: `model.*` the
   * denoiser, `vae.*`, `conditioner.*`; files of a VAE alone have no prefix.
   */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /**
   * Reads bytes of a tensor.
   * @param start first byte, counted from the start of the tensor
   * @param length by default all the rest
   * @throws {AppError} `model.corrupt` where the file is shorter than it says
   */
  read(tensor: StoredTensor, start?: number, length?: number): Uint8Array<ArrayBuffer>;
  close(): void;
}
