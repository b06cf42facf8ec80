import { stat } from 'node:fs/promises';
import { errorMessageOf } from '../../src/errors.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import type { ModelEntry } from '../manifest/model-entry.ts';
import { hashFile } from './hash-file.ts';
import { readInstallRecord } from './install-record.ts';
import { type StoreFile, storeFilesOf } from './store-layout.ts';

export interface FileCheck {
  /** `<repository>/<path>`. */
  file: string;
  /** `unknown`: readable, but neither the manifest nor a pull tells what its bytes should be. `absent`: optional. */
  result: 'right' | 'wrong' | 'missing' | 'absent' | 'unknown';
  detail: string;
}

/** Reads every file of a model again, compares its digest with the known one, and opens the checkpoints. */
export async function* verifyModel(modelsDir: string, entry: ModelEntry): AsyncGenerator<FileCheck> {
  const records = new Map(readInstallRecord(modelsDir, entry.name)?.files.map((record) => [record.file, record]));
  for (const file of storeFilesOf(modelsDir, entry)) {
    const expected = [file.sha256, records.get(file.label)?.sha256].filter((digest) => digest !== undefined);
    yield { file: file.label, ...(await checkFile(file, expected)) };
  }
}

async function checkFile(file: StoreFile, expectedDigests: readonly string[]): Promise<Omit<FileCheck, 'file'>> {
  const stats = await stat(file.localPath).catch(() => undefined);
  if (!stats?.isFile()) {
    return file.optional
      ? { result: 'absent', detail: 'not installed, not needed' }
      : { result: 'missing', detail: 'not installed' };
  }
  if (file.bytes !== undefined && stats.size !== file.bytes) {
    return { result: 'wrong', detail: `has ${stats.size} bytes, expected ${file.bytes}` };
  }
  try {
    const sha256 = await hashFile(file.localPath);
    for (const expected of expectedDigests) {
      if (sha256.startsWith(expected)) continue;
      return { result: 'wrong', detail: `SHA-256 ${sha256.slice(0, 16)}…, expected ${expected.slice(0, 16)}…` };
    }
    if (file.role.endsWith('weights')) openCheckpoint(file.localPath).close();
    return { result: expectedDigests.length > 0 ? 'right' : 'unknown', detail: `SHA-256 ${sha256}` };
  } catch (error) {
    return { result: 'wrong', detail: errorMessageOf(error) };
  }
}
