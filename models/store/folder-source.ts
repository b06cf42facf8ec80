import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import type { ModelSource } from './model-source.ts';
import type { StoreFile } from './store-layout.ts';

const CHUNK_BYTES = 1024 ** 2;

/**
 * A folder with files that were downloaded elsewhere: one folder per repository (`<owner>/<name>` or `<name>`), or
 * the content of one repository.
 */
export function createFolderSource(folder: string): ModelSource {
  const root = resolve(folder);
  return {
    label: root,
    async open(file, resume) {
      const found = candidates(root, file)
        .map((path) => ({ path, stats: statSync(path, { throwIfNoEntry: false }) }))
        .find(({ stats }) => stats?.isFile());
      if (found?.stats === undefined) {
        throw new AppError('model.missing', `${root} holds neither ${file.label} nor ${file.path}.`);
      }
      const { size, mtimeMs } = found.stats;
      const etag = `${size}-${mtimeMs}`;
      const start = resume?.etag === etag && resume.offset <= size ? resume.offset : 0;
      const body = readFrom(found.path, start);
      return { start, totalBytes: size, etag, sha256: undefined, body, close: () => {} };
    },
  };
}

function candidates(root: string, file: StoreFile): string[] {
  const repository = file.repo.split('/')[1] ?? file.repo;
  return [resolve(root, file.repo, file.path), resolve(root, repository, file.path), resolve(root, file.path)];
}

async function* readFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
  } catch (cause) {
    throw new AppError('model.download_failed', `Cannot read ${path}: ${errorMessageOf(cause)}.`, { cause });
  }
}
