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

export interface FormatFile {
  format: ExtraFormat;
  name: string;
  /** Its size. */
  bytes: number;
}

/**
 * Makes, checks and writes the formats that were asked for besides the GLB. One after the other: the memory of the
 * largest is the memory of all.
 * @returns what was written
 * @throws {AppError} `export.invalid`, `output.unwritable`
 */
export async function writeFormats(request: FormatsRequest): Promise<FormatFile[]> {
  const { model, options, write, onProgress } = request;
  const formats = EXTRA_FORMATS.filter((format) => options.formats?.includes(format));
  if (formats.length === 0) return [];

  const textures = model.textures && (await withPortableFiles(model.textures));
  const exported = { ...model, textures, unit: options.size?.unit ?? 'm', up: options.up ?? 'y' };
  const written: FormatFile[] = [];
  for (const format of formats) {
    const name = `${model.name}${FORMAT_SUFFIXES[format]}`;
    const content = await makeFormat(format, exported);
    await write(name, content);
    written.push({ format, name, bytes: content.length });
    onProgress(written.length / formats.length);
  }
  return written;
}

/** Readers of OBJ, 3MF and USDZ know PNG and JPEG only. */
async function withPortableFiles({ pixels, files }: NonNullable<ExportModel['textures']>) {
  return { pixels, files: files.baseColor.format === 'webp' ? await encodeTextures(pixels, 'png') : files };
}
