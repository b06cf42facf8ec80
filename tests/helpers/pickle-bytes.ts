/** Writes pickles of protocol 2 as PyTorch does, and such as it never would. Each function gives the bytes of a value. */
export type Pickle = number[];

export const MARK = 0x28;
export const STOP = 0x2e;
const TUPLE = 0x74;
const SETITEMS = 0x75;
const EMPTY_DICT = 0x7d;
const REDUCE = 0x52;
const BUILD = 0x62;
const BINPERSID = 0x51;

export function pickled(value: Pickle): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x80, 2, ...value, STOP]);
}

export function uint32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

export function text(value: string): Pickle {
  const bytes = new TextEncoder().encode(value);
  return [0x58, ...uint32(bytes.length), ...bytes];
}

/** A whole number of up to 48 bits. */
export function int(value: number): Pickle {
  if (value < 2 ** 31) return [0x4a, ...uint32(value)];
  return [0x8a, 7, ...uint32(value % 2 ** 32), ...uint32(Math.floor(value / 2 ** 32)).slice(0, 3)];
}

export function tuple(...items: Pickle[]): Pickle {
  return [MARK, ...items.flat(), TUPLE];
}

export function global(module: string, name: string): Pickle {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

export function call(callable: Pickle, ...args: Pickle[]): Pickle {
  return [...callable, ...tuple(...args), REDUCE];
}

export function mapping(entries: Record<string, Pickle>): Pickle {
  return [EMPTY_DICT, ...setItems(entries)];
}

export function orderedMapping(entries: Record<string, Pickle>): Pickle {
  return [...call(global('collections', 'OrderedDict')), ...setItems(entries)];
}

/** Attributes attached to a value. */
export function build(value: Pickle, state: Pickle): Pickle {
  return [...value, ...state, BUILD];
}

export interface TensorPickle {
  storage: string;
  elements: number;
  shape: number[];
  strides: number[];
  offset?: number;
  type?: string;
}

export function tensor({ storage, elements, shape, strides, offset = 0, type = 'HalfStorage' }: TensorPickle): Pickle {
  const id = tuple(text('storage'), global('torch', type), text(storage), text('cpu'), int(elements));
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    [...id, BINPERSID],
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    [0x89],
    call(global('collections', 'OrderedDict')),
  );
}

function setItems(entries: Record<string, Pickle>): Pickle {
  return [MARK, ...Object.entries(entries).flatMap(([key, value]) => [...text(key), ...value]), SETITEMS];
}
