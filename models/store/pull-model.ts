import { stat } from 'node:fs/promises';
import { AppError } from '../../src/errors.ts';
import type { ModelEntry } from '../manifest/model-entry.ts';
import { type DownloadOptions, downloadFile } from './download-file.ts';
import { findInstalled, type InstalledModel } from './find-installed.ts';
import { hashFile } from './hash-file.ts';
import { type FileRecord, readInstallRecord, writeInstallRecord } from './install-record.ts';
import { lockStore } from './pull-lock.ts';
import { type StoreFile, storeFilesOf } from './store-layout.ts';
import { ensureFreeSpace } from './unwritable.ts';

export interface PullOptions extends DownloadOptions {
  modelsDir: string;
  /** When the licence was accepted; nobody else asks for it. */
  licenceAcceptedAt: Date;
  /** Also the files that a job can do without. */
  withOptional: boolean;
}

const BY_HAND = 'placed by hand';

/**
 * Installs a model: brings each file that is not there yet or not right, and writes down what was done. Interrupted,
 * it leaves whole files and `.part` files, and the next run goes on from there.
 * @throws {AppError} `model.missing`, `model.download_failed`, `model.corrupt` or `model.unwritable`
 */
export async function pullModel(entry: ModelEntry, options: PullOptions): Promise<InstalledModel> {
  const { modelsDir, withOptional } = options;
  const unlock = lockStore(modelsDir);
  try {
    const { name, url, territory } = entry.licence;
    const licence = { name, url, territory, acceptedAt: options.licenceAcceptedAt.toISOString() };
    const records = new Map(readInstallRecord(modelsDir, entry.name)?.files.map((record) => [record.file, record]));
    const save = () => writeInstallRecord(modelsDir, entry.name, { licence, files: [...records.values()] });
    const absent: StoreFile[] = [];
    for (const file of storeFilesOf(modelsDir, entry)) {
      if (file.optional && !withOptional) continue;
      const record = await findRight(file, records.get(file.label), options);
      if (record) records.set(file.label, record);
      else {
        records.delete(file.label);
        absent.push(file);
      }
    }
    await ensureFreeSpace(modelsDir, await bytesToBring(absent));

    save();
    for (const file of absent) {
      const record = await bring(file, options);
      if (record) records.set(file.label, record);
      save();
    }
    const installed = findInstalled(modelsDir, entry);
    if ('entry' in installed) return installed;
    throw new AppError('model.missing', `${entry.name} is not complete, missing: ${installed.missing.join(', ')}.`);
  } finally {
    unlock();
  }
}

/**
 * The record of a file that is there and has the right bytes: those that the manifest and an earlier pull tell. Where
 * neither does, any bytes of a file placed by hand are right.
 */
async function findRight(file: StoreFile, known: FileRecord | undefined, { signal, onEvent }: PullOptions) {
  const stats = await stat(file.localPath).catch(() => undefined);
  if (!stats?.isFile() || (file.bytes !== undefined && file.bytes !== stats.size)) return undefined;
  onEvent({ type: 'checking', file: file.label });
  const sha256 = await hashFile(file.localPath, signal);
  if (!sha256.startsWith(file.sha256 ?? '')) return undefined;
  const source = known?.sha256 === sha256 ? known.source : BY_HAND;
  if (known !== undefined && known.source !== BY_HAND && source === BY_HAND) return undefined;
  onEvent({ type: 'kept', file: file.label, bytes: stats.size });
  return { file: file.label, bytes: stats.size, sha256, source, mtimeMs: stats.mtimeMs };
}

async function bring(file: StoreFile, options: PullOptions): Promise<FileRecord | undefined> {
  try {
    return await downloadFile(file, options);
  } catch (error) {
    if (!(file.optional && error instanceof AppError && error.code === 'model.missing')) throw error;
    options.onEvent({ type: 'skipped', file: file.label });
    return undefined;
  }
}

/** As far as sizes are known, less what earlier runs have brought. */
async function bytesToBring(files: readonly StoreFile[]): Promise<number> {
  let bytes = 0;
  for (const { bytes: exact, approximateBytes = 0, localPath } of files) {
    const part = await stat(`${localPath}.part`).catch(() => undefined);
    bytes += Math.max(0, (exact ?? approximateBytes) - (part?.size ?? 0));
  }
  return bytes;
}
