import { unzipSync, type Zippable, zipSync } from 'fflate';

/** The earliest time that a zip can hold, in local time as zips have it: same contents, same bytes. */
const NO_TIME = new Date(1980, 0, 1);
const STORED = 0;
const DEFLATED = 6;
const LOCAL_HEADER_BYTES = 30;
const EXTRA_HEADER_BYTES = 4;
/** The extra field that USD itself pads with. */
const PADDING_FIELD = 0x1986;

/** Contents of an archive by their name, in order. Names are ASCII. */
export type ArchiveFiles = Readonly<Record<string, Uint8Array>>;

/** A zip in which text is compressed; pictures are already. */
export function packZip(files: ArchiveFiles): Uint8Array {
  const entries = Object.entries(files).map(([name, bytes]) => [
    name,
    [bytes, { level: isPictureName(name) ? STORED : DEFLATED }],
  ]);
  return zipSync(Object.fromEntries(entries), { mtime: NO_TIME });
}

/** A zip of stored files, each of which begins at a multiple of `alignment` bytes. */
export function packAlignedZip(files: ArchiveFiles, alignment: number): Uint8Array {
  const entries: Zippable = {};
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const start = at + LOCAL_HEADER_BYTES + name.length + EXTRA_HEADER_BYTES;
    const padding = (alignment - (start % alignment)) % alignment;
    entries[name] = [bytes, { level: STORED, extra: { [PADDING_FIELD]: new Uint8Array(padding) } }];
    at = start + padding + bytes.length;
  }
  return zipSync(entries, { mtime: NO_TIME });
}

export function unpackZip(archive: Uint8Array): ArchiveFiles {
  return unzipSync(archive);
}

export function isPictureName(name: string): boolean {
  return /\.(png|jpg)$/.test(name);
}
