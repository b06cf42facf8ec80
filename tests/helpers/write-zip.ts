import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export interface ZipSource {
  name: string;
  /** A number stands for that many zeros, which take no space on the disk. */
  bytes: Uint8Array | number;
  method?: number;
  flags?: number;
}

const WIDE = 0xffffffff;
const ALIGNMENT = 64;

/**
 * Writes a zip of stored entries: payloads aligned by padding in the local header, ZIP64 fields where a number needs
 * them or always. Check sums are left 0.
 */
export function writeZip(path: string, sources: readonly ZipSource[], { zip64 = false } = {}): void {
  const file = openSync(path, 'w');
  let at = 0;
  const put = (bytes: Uint8Array) => {
    writeSync(file, bytes, 0, bytes.length, at);
    at += bytes.length;
  };
  const directory = sources.map(({ name, bytes, method = 0, flags = 0 }) => {
    const headerOffset = at;
    const nameBytes = new TextEncoder().encode(name);
    const size = typeof bytes === 'number' ? bytes : bytes.length;
    const padding = (2 * ALIGNMENT - ((at + 34 + nameBytes.length) % ALIGNMENT)) % ALIGNMENT;
    put(record(30, [4, 0x04034b50], [2, 45], [2, flags], [2, method], [8, 0], [4, narrow(size)], [4, narrow(size)]));
    at -= 4;
    put(record(4, [2, nameBytes.length], [2, 4 + padding]));
    put(nameBytes);
    put(record(4 + padding, [2, 0x4246], [2, padding]));
    if (typeof bytes === 'number') at += bytes;
    else put(bytes);
    return { nameBytes, size, headerOffset, method, flags };
  });
  const directoryOffset = at;
  for (const { nameBytes, size, headerOffset, method, flags } of directory) {
    const wide = [size, size, headerOffset].filter((value) => zip64 || value >= WIDE);
    const shown = (value: number) => (zip64 ? WIDE : narrow(value));
    const extra = wide.length === 0 ? 0 : 4 + 8 * wide.length;
    put(record(10, [4, 0x02014b50], [2, 45], [2, 45], [2, flags]));
    put(record(18, [2, method], [8, 0], [4, shown(size)], [4, shown(size)]));
    put(record(18, [2, nameBytes.length], [2, extra], [2, 0], [8, 0], [4, shown(headerOffset)]));
    put(nameBytes);
    if (extra > 0) put(record(extra, [2, 1], [2, 8 * wide.length], ...wide.map((value): Field => [8, value])));
  }
  const size = at - directoryOffset;
  if (zip64 || directoryOffset >= WIDE) {
    const recordOffset = at;
    const count = sources.length;
    put(record(24, [4, 0x06064b50], [8, 44], [2, 45], [2, 45], [8, 0]));
    put(record(32, [8, count], [8, count], [8, size], [8, directoryOffset]));
    put(record(20, [4, 0x07064b50], [4, 0], [8, recordOffset], [4, 1]));
  }
  const offset = zip64 ? WIDE : narrow(directoryOffset);
  put(record(22, [4, 0x06054b50], [4, 0], [2, sources.length], [2, sources.length], [4, size], [4, offset]));
  ftruncateSync(file, at);
  closeSync(file);
}

type Field = [bytes: 2 | 4 | 8, value: number];

function record(length: number, ...fields: Field[]): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

function narrow(value: number): number {
  return Math.min(value, WIDE);
}
