/** What the executable carries besides its code. */
export interface Embedded {
  /** Version and digest of the contents; names the folder to which they are unpacked. */
  id: string;
  /** One zstd stream of all files, one after the other in the order of `files`. */
  archive: string;
  files: readonly EmbeddedFile[];
}

export interface EmbeddedFile {
  /** From the root of the checkout, with `/` between folders. */
  path: string;
  sizeBytes: number;
}

/** Absent in a checkout; `bun run build` replaces this module by one that describes the archive it made. */
export const EMBEDDED: Embedded | undefined = undefined;
