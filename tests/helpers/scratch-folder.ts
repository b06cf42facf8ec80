import { afterEach, beforeEach } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface ScratchFolder {
  /** Of the test that runs. */
  readonly path: string;
  /** Writes a file below it; what is not a text becomes JSON. */
  write(path: string, content: unknown): void;
}

/** An empty folder for each test of the file or group that asks for it; it goes with the test. */
export function scratchFolder(prefix: string): ScratchFolder {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), prefix));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  return {
    get path() {
      return root;
    },
    write(path, content) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    },
  };
}
