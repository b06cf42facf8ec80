import { EXTRA_FORMATS, type ExtraFormat, FORMAT_SUFFIXES } from '../../../src/protocol/formats.ts';
import type { GenerateOptions } from '../../../src/protocol/options.ts';
import { encodeTextures } from '../encode-textures.ts';
import type { ExportModel } from './export-model.ts';
import { makeFormat } from './make-format.ts';

export interface FormatsRequest {
  /** Its textures as they stand in the GLB. */
  model: Omit<ExportModel, 'unit' | 'up'>;
  options: Pick<GenerateOptions, 'formats' | 'size' | 'up'>;
  write(name: string, content: Uint8Array): Promise<void>;
  /** Reports how much is done, 0 to 1. */
  onProgress(fraction: number): void;
}

/**
 * Makes, checks and writes the formats that were asked for besides the GLB. One after the other: the memory of the
 * largest is the memory of all.
 * @returns the names of the files
 * @throws {AppError} `export.invalid`, `output.unwritable`
 */
export async function writeFormats(request: FormatsRequest): Promise<Partial<Record<ExtraFormat, string>>> {
  const { model, options, write, onProgress } = request;
  const formats = EXTRA_FORMATS.filter((format) => options.formats?.includes(format));
  const names: Partial<Record<ExtraFormat, string>> = {};
  if (formats.length === 0) return names;

  const textures = model.textures && (await withPortableFiles(model.textures));
  const exported = { ...model, textures, unit: options.size?.unit ?? 'm', up: options.up ?? 'y' };
  for (const [i, format] of formats.entries()) {
    const name = `${model.name}${FORMAT_SUFFIXES[format]}`;
    await write(name, await makeFormat(format, exported));
    names[format] = name;
    onProgress((i + 1) / formats.length);
  }
  return names;
}

/** Readers of OBJ, 3MF and USDZ know PNG and JPEG only. */
async function withPortableFiles({ pixels, files }: NonNullable<ExportModel['textures']>) {
  return { pixels, files: files.baseColor.format === 'webp' ? await encodeTextures(pixels, 'png') : files };
}
