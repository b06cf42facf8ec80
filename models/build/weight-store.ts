import { AppError } from '../../src/errors.ts';
import type { Checkpoint, StoredTensor } from '../checkpoint/checkpoint.ts';
import { elementCount } from '../checkpoint/tensor-size.ts';
import { VALUE_DTYPES, type ValueDtype } from '../onnx/value.ts';
import type { ComputeDtype, PlacedTensor, QuantisedWeight, RowRange, WeightSource } from '../onnx/weight-source.ts';
import { encodeElements, toFloat32 } from './convert-elements.ts';
import { quantiseBlocks } from './quantise-blocks.ts';

interface FormatTraits {
  compute: ComputeDtype;
  /** Of the weights of large linear layers; the rest stays in the compute dtype. */
  bits?: 4 | 8;
  /** Stored weights are used as they are and converted when a network is loaded. */
  inPlace?: boolean;
}

/**
 * The form of the weights on disk and in memory.
 * - `fp16`: used in place, computed in 16 bits; for GPUs.
 * - `fp32`: a copy in 32 bits that is mapped into memory; for CPUs.
 * - `fp32-in-place`: used in place and widened when a network is loaded: no copy on disk, more memory and a slower load.
 * - `int8`, `int4`: large linear layers in fewer bits, arithmetic in 32 bits; for CPUs with little memory.
 * - `int8-fp16`, `int4-fp16`: the same with arithmetic in 16 bits; for GPUs with little memory.
 */
export const WEIGHT_FORMATS = {
  fp16: { compute: 'float16' },
  fp32: { compute: 'float32' },
  'fp32-in-place': { compute: 'float32', inPlace: true },
  int8: { compute: 'float32', bits: 8 },
  int4: { compute: 'float32', bits: 4 },
  'int8-fp16': { compute: 'float16', bits: 8 },
  'int4-fp16': { compute: 'float16', bits: 4 },
} as const satisfies Record<string, FormatTraits>;
export type WeightFormat = keyof typeof WEIGHT_FORMATS;

/** Blocks that share a scale; the size that the runtime's kernels are fastest with. */
const QUANTISED_BLOCK = 32;
/** Linear layers below this size stay as they are: little to win, and the first and last layers are sensitive. */
const SMALLEST_QUANTISED_WEIGHT = 1 << 18;
/** Elements that are read and converted at a time. */
const CHUNK_ELEMENTS = 1 << 22;
/** Every derived tensor starts at a multiple of this many bytes. */
const ALIGNMENT = 64;

/** A tensor of the derived file: what it is made of and how. */
export interface DerivedTensor {
  key: string;
  dtype: ValueDtype;
  byteOffset: number;
  byteLength: number;
  /** The bytes in pieces of bounded size. */
  produce(): Iterable<Uint8Array>;
}

export interface WeightStoreOptions {
  format: WeightFormat;
  /** File that holds what cannot be pointed at. */
  derivedPath: string;
  /** Linear layers with fewer elements are not quantised. */
  smallestQuantisedWeight?: number;
}

/**
 * Gives networks their weights: places in the checkpoint where those can be used as they are, otherwise promised
 * places in one derived file. Networks that ask in the same order get the same layout, so a graph can be made without
 * the file, and the file without keeping the graph.
 */
export class WeightStore {
  readonly traits: FormatTraits;
  /** What the derived file must hold, in order. */
  readonly derived: DerivedTensor[] = [];
  private readonly placed = new Map<string, PlacedTensor>();
  private end = 0;

  constructor(readonly options: WeightStoreOptions) {
    this.traits = WEIGHT_FORMATS[options.format];
  }

  /** Bytes of the derived file. */
  get derivedBytes(): number {
    return this.end;
  }

  /** The tensors of a checkpoint below a prefix such as `model.`, which the names that are asked for leave out. */
  source(checkpoint: Checkpoint, prefix: string): WeightSource {
    return new CheckpointWeights(this, checkpoint, prefix);
  }

  /** The place of a derived tensor; the first call for a key plans it. */
  derive(key: string, dtype: ValueDtype, elements: number, produce: () => Iterable<Uint8Array>): PlacedTensor {
    const known = this.placed.get(key);
    if (known) return known;
    const byteLength = elements * VALUE_DTYPES[dtype].bytes;
    const tensor = { path: this.options.derivedPath, dtype, byteOffset: this.end, byteLength };
    this.derived.push({ key, dtype, byteOffset: this.end, byteLength, produce });
    this.end = Math.ceil((this.end + byteLength) / ALIGNMENT) * ALIGNMENT;
    this.placed.set(key, tensor);
    return tensor;
  }
}

class CheckpointWeights implements WeightSource {
  readonly compute: ComputeDtype;

  constructor(
    private readonly store: WeightStore,
    private readonly checkpoint: Checkpoint,
    private readonly prefix: string,
  ) {
    this.compute = store.traits.compute;
  }

  has(name: string): boolean {
    return this.checkpoint.tensors.has(this.prefix + name);
  }

  tensor(name: string, shape: readonly number[]): PlacedTensor {
    const stored = this.find(name, shape);
    const dtype = VALUE_DTYPE_OF[stored.dtype as WeightDtype];
    if (dtype === this.compute || this.store.traits.inPlace) {
      return { path: this.checkpoint.path, dtype, byteOffset: stored.byteOffset, byteLength: stored.byteLength };
    }
    return this.store.derive(this.keyOf(name), this.compute, elementCount(shape), () =>
      this.convert([wholeOf(stored)]),
    );
  }

  stackedRows(key: string, rows: readonly RowRange[], columns: number): PlacedTensor {
    const ranges = this.findRows(rows, columns);
    const elements = ranges.reduce((sum, range) => sum + range.elements, 0);
    return this.store.derive(this.keyOf(key), this.compute, elements, () => this.convert(ranges));
  }

  computed(
    key: string,
    shape: readonly number[],
    compute: (read: (name: string) => Float32Array) => Float32Array,
  ): PlacedTensor {
    return this.store.derive(this.keyOf(key), this.compute, elementCount(shape), () => {
      const values = compute((name) => this.readWhole(name));
      if (values.length !== elementCount(shape))
        throw new Error(`${key}: expected [${shape}], got ${values.length} values`);
      return [encodeElements(Float32Array.from(values), this.compute)];
    });
  }

  quantised(
    weight: string | readonly RowRange[],
    key: string,
    out: number,
    columns: number,
  ): QuantisedWeight | undefined {
    const { bits } = this.store.traits;
    const { smallestQuantisedWeight = SMALLEST_QUANTISED_WEIGHT } = this.store.options;
    if (bits === undefined) return undefined;
    if (out * columns < smallestQuantisedWeight || columns % QUANTISED_BLOCK !== 0) return undefined;
    const ranges =
      typeof weight === 'string' ? [wholeOf(this.find(weight, [out, columns]))] : this.findRows(weight, columns);
    const blocks = out * (columns / QUANTISED_BLOCK);
    const name = this.keyOf(key);
    // The scales are written right after the codes; whoever wrote those has them already.
    let scales: Uint8Array[] | undefined;
    const codesOf = this.quantise.bind(this, ranges, columns, bits);
    const produceCodes = function* () {
      scales = [];
      for (const part of codesOf()) {
        scales.push(part.scales);
        yield part.codes;
      }
    };
    const produceScales = function* () {
      if (scales === undefined) for (const _ of produceCodes());
      yield* scales ?? [];
      scales = undefined;
    };
    return {
      bits,
      blockSize: QUANTISED_BLOCK,
      codes: this.store.derive(`${name}#int${bits}`, 'uint8', (blocks * QUANTISED_BLOCK * bits) / 8, produceCodes),
      scales: this.store.derive(`${name}#scales${bits}`, this.compute, blocks, produceScales),
    };
  }

  private keyOf(name: string): string {
    return `${this.checkpoint.path}#${this.prefix}${name}`;
  }

  private stored(name: string): StoredTensor {
    const tensor = this.checkpoint.tensors.get(this.prefix + name);
    if (tensor === undefined) throw unsuitable(this.checkpoint, `no tensor ${this.prefix}${name}`);
    if (!(tensor.dtype in VALUE_DTYPE_OF)) {
      throw unsuitable(this.checkpoint, `${tensor.name} in ${tensor.dtype} where F16, BF16 or F32 was expected`);
    }
    return tensor;
  }

  private find(name: string, shape: readonly number[]): StoredTensor {
    const tensor = this.stored(name);
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw unsuitable(
        this.checkpoint,
        `${tensor.name} of shape [${tensor.shape.join(', ')}] where [${shape.join(', ')}] was expected`,
      );
    }
    return tensor;
  }

  private findRows(rows: readonly RowRange[], columns: number): ElementRange[] {
    return rows.map(({ tensor: name, firstRow, rowCount }) => {
      const stored = this.stored(name);
      const [height = 0, width = 0] = stored.shape;
      if (stored.shape.length !== 2 || width !== columns || firstRow + rowCount > height) {
        throw unsuitable(
          this.checkpoint,
          `${stored.name} of shape [${stored.shape.join(', ')}] where ${columns} columns and ${firstRow + rowCount} rows were expected`,
        );
      }
      return { stored, first: firstRow * columns, elements: rowCount * columns };
    });
  }

  private readWhole(name: string): Float32Array {
    const stored = this.stored(name);
    return toFloat32(this.checkpoint.read(stored), stored.dtype);
  }

  private *convert(ranges: readonly ElementRange[]): Iterable<Uint8Array> {
    for (const values of this.readChunks(ranges, CHUNK_ELEMENTS)) yield encodeElements(values, this.compute);
  }

  private *quantise(
    ranges: readonly ElementRange[],
    columns: number,
    bits: 4 | 8,
  ): Iterable<{ codes: Uint8Array; scales: Uint8Array }> {
    const rowsAtOnce = Math.max(1, Math.floor(CHUNK_ELEMENTS / columns));
    for (const values of this.readChunks(ranges, rowsAtOnce * columns)) {
      const { codes, scales } = quantiseBlocks(values, values.length / columns, columns, bits, QUANTISED_BLOCK);
      yield { codes, scales: encodeElements(scales, this.compute) };
    }
  }

  private *readChunks(ranges: readonly ElementRange[], chunk: number): Iterable<Float32Array<ArrayBuffer>> {
    for (const { stored, first, elements } of ranges) {
      const bytes = stored.byteLength / elementCount(stored.shape);
      for (let done = 0; done < elements; done += chunk) {
        const count = Math.min(chunk, elements - done);
        yield toFloat32(this.checkpoint.read(stored, (first + done) * bytes, count * bytes), stored.dtype);
      }
    }
  }
}

/** A run of elements of a stored tensor. */
interface ElementRange {
  stored: StoredTensor;
  first: number;
  elements: number;
}

/** Of the dtypes that networks store their weights in. */
const VALUE_DTYPE_OF = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;
type WeightDtype = keyof typeof VALUE_DTYPE_OF;

function wholeOf(stored: StoredTensor): ElementRange {
  return { stored, first: 0, elements: elementCount(stored.shape) };
}

function unsuitable(checkpoint: Checkpoint, found: string): AppError {
  return new AppError(
    'model.unsupported',
    `${checkpoint.path}: these weights do not fit the configuration beside them: ${found}. Get both files of one model.`,
  );
}
