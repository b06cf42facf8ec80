import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { recordPathOf } from './store-layout.ts';
import { asUnwritable } from './unwritable.ts';

const FileRecordSchema = z.object({
  /** `<repository>/<path>`. */
  file: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  /** Where it came from. */
  source: z.string(),
  mtimeMs: z.number(),
});
export type FileRecord = z.output<typeof FileRecordSchema>;

const InstallRecordSchema = z.object({
  licence: z.object({ name: z.string(), url: z.string(), territory: z.string(), acceptedAt: z.string() }),
  files: z.array(FileRecordSchema),
});

/** What a pull wrote down: the licence that was accepted, and the files. */
export type InstallRecord = z.output<typeof InstallRecordSchema>;

/** Undefined without a record; a record that cannot be read counts as none, as files placed by hand have none. */
export function readInstallRecord(modelsDir: string, name: string): InstallRecord | undefined {
  try {
    return InstallRecordSchema.parse(JSON.parse(readFileSync(recordPathOf(modelsDir, name), 'utf8')));
  } catch {
    return undefined;
  }
}

/** @throws {AppError} `model.unwritable` */
export function writeInstallRecord(modelsDir: string, name: string, record: InstallRecord): void {
  const path = recordPathOf(modelsDir, name);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.part`, `${JSON.stringify(record, undefined, 2)}\n`);
    renameSync(`${path}.part`, path);
  } catch (error) {
    throw asUnwritable(path, error);
  }
}
