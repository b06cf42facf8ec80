import { AppError } from '../../src/errors.ts';
import type { TensorDtype } from './checkpoint.ts';

/** A storage of a tensor archive: the file `data/<key>`. */
export class PickledStorage {
  constructor(
    readonly dtype: TensorDtype,
    readonly key: string,
    readonly elements: number,
  ) {}
}

/** A view of a storage; offset and strides count elements. Nothing here is checked against the archive. */
export class PickledTensor {
  constructor(
    readonly storage: PickledStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A plain or an ordered mapping; both keep the order of insertion. */
export class PickledMapping extends Map<PickleValue, PickleValue> {
  constructor(readonly ordered: boolean) {
    super();
  }
}

/** One of the few callables that may be named; none of them is ever run. */
class KnownGlobal {
  constructor(readonly name: string) {}
}

/** Lists and tuples are arrays. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleValue[]
  | PickledMapping
  | PickledStorage
  | PickledTensor
  | KnownGlobal;

const ORDERED_DICT = 'collections.OrderedDict';
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const STORAGE_DTYPES: Readonly<Record<string, TensorDtype>> = {
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.ShortStorage': 'I16',
  'torch.IntStorage': 'I32',
  'torch.LongStorage': 'I64',
  'torch.BoolStorage': 'BOOL',
};
const KNOWN_GLOBALS: ReadonlySet<string> = new Set([
  ORDERED_DICT,
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ...Object.keys(STORAGE_DTYPES),
]);

/** @throws {AppError} `model.corrupt` for every name that no checkpoint needs */
export function findGlobal(name: string): KnownGlobal {
  if (KNOWN_GLOBALS.has(name)) return new KnownGlobal(name);
  throw corrupt(`it asks for ${JSON.stringify(name)}, which has no place in a checkpoint: do not trust this file`);
}

/**
 * What a call would give: an empty ordered mapping, a tensor from `(storage, offset, shape, strides, ...)`, or the
 * tensor that a parameter wraps.
 * @throws {AppError} `model.corrupt` for every other call
 */
export function callGlobal(callable: PickleValue | undefined, args: PickleValue | undefined): PickleValue {
  if (callable instanceof KnownGlobal && Array.isArray(args)) {
    if (callable.name === ORDERED_DICT && args.length === 0) return new PickledMapping(true);
    if (callable.name === REBUILD_TENSOR) return toTensor(args);
    if (callable.name === REBUILD_PARAMETER && args[0] instanceof PickledTensor) return args[0];
  }
  const name = callable instanceof KnownGlobal ? callable.name : 'a value';
  throw corrupt(`it calls ${name} in a way that no checkpoint does`);
}

/**
 * The storage of a persistent id `('storage', type, key, device, element count)`.
 * @throws {AppError} `model.corrupt` for other ids
 */
export function toStorage(id: PickleValue): PickledStorage {
  if (Array.isArray(id)) {
    const [tag, type, key, , elements] = id;
    const dtype = type instanceof KnownGlobal ? STORAGE_DTYPES[type.name] : undefined;
    if (tag === 'storage' && dtype !== undefined && typeof key === 'string' && isCount(elements)) {
      return new PickledStorage(dtype, key, elements);
    }
  }
  throw corrupt('its table is damaged: a storage is not described as expected');
}

function toTensor(args: PickleValue[]): PickledTensor {
  const [storage, offset, shape, strides] = args;
  if (storage instanceof PickledStorage && isCount(offset) && isCounts(shape) && isCounts(strides)) {
    // Copies: a damaged pickle may go on to change its own lists.
    return new PickledTensor(storage, offset, [...shape], [...strides]);
  }
  throw corrupt('its table is damaged: a tensor is not described as expected');
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= 16 && value.every(isCount);
}

function corrupt(message: string): AppError {
  return new AppError('model.corrupt', message);
}
