import type { WeightSource } from '../../models/onnx/weight-source.ts';
import { temporaryWeights } from './temporary-weights.ts';

/**
 * Weights that follow from their names alone, so that golden numbers need no stored weights: FNV-1a of the name seeds
 * a mulberry32 sequence, which is scaled by what the tensor is for.
 * @param stored shapes of the tensors that are read as a whole by `WeightSource.computed`
 */
export function hashWeights(
  stored: Readonly<Record<string, readonly number[]>> = {},
  compute: WeightSource['compute'] = 'float32',
): WeightSource {
  return temporaryWeights((name, shape = stored[name]) => {
    if (shape === undefined) throw new Error(`the shape of ${name} must be stated`);
    return hashTensor(name, shape);
  }, compute);
}

/** A weight in float32, row-major. */
export function hashTensor(name: string, shape: readonly number[]): Float32Array {
  const scale = weightScale(name, shape);
  const isGain = shape.length === 1 && !name.endsWith('bias');
  return Float32Array.from(symmetricSequence(name, product(shape)), (z) => (isGain ? 1 + scale * z : scale * z));
}

/** An input of unit variance in float32. */
export function hashInput(name: string, shape: readonly number[]): Float32Array {
  return Float32Array.from(symmetricSequence(name, product(shape)), (z) => z * Math.sqrt(3));
}

/** 32-bit FNV-1a of a name in UTF-8. */
export function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function weightScale(name: string, shape: readonly number[]): number {
  if (shape.length === 3 || name.endsWith('mask_token')) return 0.5;
  if (shape.length >= 2) return 0.8 * Math.sqrt(3 / product(shape.slice(1)));
  return name.endsWith('bias') ? 0.5 : 0.2;
}

/** mulberry32 in [-1, 1). */
function symmetricSequence(name: string, count: number): Float64Array {
  const seed = fnv1a(name);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const a = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
    let r = Math.imul(a ^ (a >>> 15), a | 1);
    r ^= r + Math.imul(r ^ (r >>> 7), r | 61);
    values[i] = (2 * ((r ^ (r >>> 14)) >>> 0)) / 2 ** 32 - 1;
  }
  return values;
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}
