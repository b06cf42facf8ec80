import { AppError } from '../../src/errors.ts';
import { callGlobal, findGlobal, PickledMapping, type PickleValue, toStorage } from './pickle-values.ts';

/** The largest published file needs about a hundredth of each. */
const MAX_OPERATIONS = 4_000_000;
const MAX_STACK = 100_000;
const MAX_MARKS = 1_000;
const MAX_MEMO = 1_000_000;
const MAX_LINE_BYTES = 1_000;
const PROTOCOL = 2;

const INT_BYTES = { getUint8: 1, getUint16: 2, getUint32: 4, getInt32: 4 } as const;

const STOP = 0x2e;
/** By code; each takes its arguments from the bytes that follow it. */
const OPERATIONS = new Map<number, (pickle: Unpickler) => void>([
  [0x80, (pickle) => pickle.checkProtocol(pickle.take('getUint8'))], // PROTO
  [0x28, (pickle) => pickle.mark()], // MARK
  [0x30, (pickle) => pickle.pop()], // POP
  [0x4e, (pickle) => pickle.push(null)], // NONE
  [0x88, (pickle) => pickle.push(true)], // NEWTRUE
  [0x89, (pickle) => pickle.push(false)], // NEWFALSE
  [0x4a, (pickle) => pickle.push(pickle.take('getInt32'))], // BININT
  [0x4b, (pickle) => pickle.push(pickle.take('getUint8'))], // BININT1
  [0x4d, (pickle) => pickle.push(pickle.take('getUint16'))], // BININT2
  [0x8a, (pickle) => pickle.push(pickle.takeLong())], // LONG1
  [0x47, (pickle) => pickle.push(pickle.takeFloat())], // BINFLOAT
  [0x58, (pickle) => pickle.push(pickle.takeText(pickle.take('getUint32')))], // BINUNICODE
  [0x7d, (pickle) => pickle.push(new PickledMapping(false))], // EMPTY_DICT
  [0x5d, (pickle) => pickle.push([])], // EMPTY_LIST
  [0x29, (pickle) => pickle.push([])], // EMPTY_TUPLE
  [0x74, (pickle) => pickle.push(pickle.popToMark())], // TUPLE
  [0x85, (pickle) => pickle.push(pickle.popMany(1))], // TUPLE1
  [0x86, (pickle) => pickle.push(pickle.popMany(2))], // TUPLE2
  [0x87, (pickle) => pickle.push(pickle.popMany(3))], // TUPLE3
  [0x61, (pickle) => pickle.append(pickle.popMany(1))], // APPEND
  [0x65, (pickle) => pickle.append(pickle.popToMark())], // APPENDS
  [0x73, (pickle) => pickle.setItems(pickle.popMany(2))], // SETITEM
  [0x75, (pickle) => pickle.setItems(pickle.popToMark())], // SETITEMS
  [0x71, (pickle) => pickle.remember(pickle.take('getUint8'))], // BINPUT
  [0x72, (pickle) => pickle.remember(pickle.take('getUint32'))], // LONG_BINPUT
  [0x68, (pickle) => pickle.recall(pickle.take('getUint8'))], // BINGET
  [0x6a, (pickle) => pickle.recall(pickle.take('getUint32'))], // LONG_BINGET
  [0x63, (pickle) => pickle.push(pickle.takeGlobal())], // GLOBAL
  [0x52, (pickle) => pickle.reduce()], // REDUCE
  [0x62, (pickle) => pickle.build()], // BUILD
  [0x51, (pickle) => pickle.push(toStorage(pickle.pop()))], // BINPERSID
]);

/**
 * Reads a pickle (protocol 2) of mappings and tensors as data: nothing is imported or called. Names other than
 * ordered mappings, the two functions that rebuild tensors and the storage types are refused, so that a hostile file
 * can do nothing but fail. Attributes that a pickle attaches to an ordered mapping are dropped.
 * @throws {AppError} `model.corrupt` for everything else, naming what was refused
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  return new Unpickler(bytes).run();
}

class Unpickler {
  private readonly view: DataView;
  private position = 0;
  private readonly stack: PickleValue[] = [];
  /** Heights of the stack at which the open marks stand. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (let count = 0; count < MAX_OPERATIONS; count++) {
      const operation = this.take('getUint8');
      if (operation === STOP) return this.pop();
      const apply = OPERATIONS.get(operation);
      if (apply === undefined) {
        throw corrupt(`its table uses the pickle operation 0x${operation.toString(16)}, which no checkpoint needs`);
      }
      apply(this);
      if (this.stack.length > MAX_STACK || this.marks.length > MAX_MARKS || this.memo.size > MAX_MEMO) {
        throw corrupt('its table nests deeper or remembers more than any checkpoint does');
      }
    }
    throw corrupt(`its table takes more than ${MAX_OPERATIONS} steps`);
  }

  checkProtocol(protocol: number): void {
    if (protocol !== PROTOCOL) throw corrupt(`its table is a pickle of protocol ${protocol}, expected ${PROTOCOL}`);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    return this.popMany(1)[0] ?? null;
  }

  /** Never reaches below the innermost mark. */
  popMany(count: number): PickleValue[] {
    const start = this.stack.length - count;
    if (start < (this.marks.at(-1) ?? 0)) throw corrupt('its table is damaged: a value is missing');
    return this.stack.splice(start);
  }

  popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw corrupt('its table is damaged: a group has no start');
    return this.stack.splice(mark);
  }

  private top(): PickleValue | undefined {
    return this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.at(-1) : undefined;
  }

  append(values: PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw corrupt('its table is damaged: it adds to something that is no list');
    for (const value of values) list.push(value);
  }

  setItems(pairs: PickleValue[]): void {
    const mapping = this.top();
    if (!(mapping instanceof PickledMapping) || pairs.length % 2 !== 0) {
      throw corrupt('its table is damaged: it sets keys of something that is no mapping');
    }
    for (let i = 0; i < pairs.length; i += 2) mapping.set(pairs[i] ?? null, pairs[i + 1] ?? null);
  }

  remember(index: number): void {
    const value = this.top();
    if (value === undefined) throw corrupt('its table is damaged: there is nothing to remember');
    this.memo.set(index, value);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw corrupt(`its table is damaged: it recalls value ${index}, which it never stored`);
    this.push(value);
  }

  takeGlobal(): PickleValue {
    return findGlobal(`${this.takeLine()}.${this.takeLine()}`);
  }

  reduce(): void {
    const [callable, args] = this.popMany(2);
    this.push(callGlobal(callable, args));
  }

  build(): void {
    this.pop();
    const target = this.top();
    if (target instanceof PickledMapping && target.ordered) return;
    throw corrupt('it sets attributes of something other than an ordered mapping');
  }

  take(read: keyof typeof INT_BYTES): number {
    return this.view[read](this.advance(INT_BYTES[read]), true);
  }

  /** Moves past `size` bytes and returns where they start. */
  private advance(size: number): number {
    const start = this.position;
    if (start + size > this.bytes.length) throw corrupt('its table ends in the middle');
    this.position += size;
    return start;
  }

  takeFloat(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  takeText(size: number): string {
    const start = this.advance(size);
    return new TextDecoder().decode(this.bytes.subarray(start, start + size));
  }

  private takeLine(): string {
    const end = this.bytes.subarray(this.position, this.position + MAX_LINE_BYTES).indexOf(0x0a);
    if (end < 0) throw corrupt('its table is damaged: a name has no end');
    const line = this.takeText(end);
    this.position++;
    return line;
  }

  /** Little-endian two's complement of up to 8 bytes; larger ones count nothing that a checkpoint has. */
  takeLong(): number {
    const size = this.take('getUint8');
    const start = this.advance(size);
    if (size > 8) throw corrupt(`its table holds a number of ${size} bytes`);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i] ?? 0);
    return Number(BigInt.asIntN(size * 8, value));
  }
}

function corrupt(message: string): AppError {
  return new AppError('model.corrupt', message);
}
