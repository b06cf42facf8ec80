import { AppError } from '../../src/errors.ts';
import { BYTES_PER_ELEMENT, type TensorDtype } from './checkpoint.ts';

/** Elements of a dense tensor: 1 for a scalar, 0 where a dimension is 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Bytes of a dense tensor; 0 where a dimension is 0.
 * @throws {AppError} `model.corrupt` where the shape is not made of whole numbers or no file could hold it
 */
export function tensorByteLength(name: string, dtype: TensorDtype, shape: readonly number[]): number {
  const bytes = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(bytes)) return bytes;
  throw new AppError('model.corrupt', `the tensor ${name} has the impossible shape [${shape.join(', ')}]`);
}
