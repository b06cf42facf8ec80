import { AppError } from '../../src/errors.ts';
import type { TensorDtype } from '../checkpoint/checkpoint.ts';
import type { ComputeDtype } from '../onnx/weight-source.ts';

/**
 * Stored floating-point elements as float32.
 * @throws {AppError} `model.unsupported` for dtypes that no network stores its weights in
 */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: TensorDtype): Float32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = aligned(bytes);
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F16':
      return new Float32Array(new Float16Array(buffer, byteOffset, byteLength / 2));
    case 'BF16':
      return widenBfloat16(new Uint16Array(buffer, byteOffset, byteLength / 2));
    default:
      throw new AppError('model.unsupported', `expected weights in F16, BF16 or F32, got ${dtype}`);
  }
}

/** The bytes of float32 elements in the dtype that a network computes in, rounded to nearest. */
export function encodeElements(values: Float32Array<ArrayBuffer>, dtype: ComputeDtype): Uint8Array<ArrayBuffer> {
  if (dtype === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(new Float16Array(values).buffer);
}

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

function aligned(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
}
