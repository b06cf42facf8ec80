import type { ExtraFormat } from '../../../src/protocol/formats.ts';
import { buildWebGlb, readWebGlb } from '../build-web-glb.ts';
import { encodeTextures } from '../encode-textures.ts';
import { build3mf } from './build-3mf.ts';
import { buildObj } from './build-obj.ts';
import { buildPly } from './build-ply.ts';
import { buildStl } from './build-stl.ts';
import { buildUsdz } from './build-usdz.ts';
import { checkFile } from './check-file.ts';
import type { BuiltFile, ExportModel, FileFacts } from './export-model.ts';
import { read3mf } from './read-3mf.ts';
import { readObj } from './read-obj.ts';
import { readPly } from './read-ply.ts';
import { readStl } from './read-stl.ts';
import { readUsdz } from './read-usdz.ts';

interface Format {
  build(model: ExportModel): BuiltFile | Promise<BuiltFile>;
  /** Reads a finished file without what went into it. */
  read(bytes: Uint8Array, name: string): FileFacts | Promise<FileFacts>;
}

const FORMATS: Readonly<Record<ExtraFormat, Format>> = {
  'glb-web': { build: buildWeb, read: readWebGlb },
  obj: { build: buildObj, read: readObj },
  stl: { build: buildStl, read: readStl },
  ply: { build: buildPly, read: readPly },
  '3mf': { build: build3mf, read: read3mf },
  usdz: { build: buildUsdz, read: readUsdz },
};

/**
 * Makes a file of a format and reads it again.
 * @throws {AppError} `export.invalid` where what is read is not what went in
 */
export async function makeFormat(format: ExtraFormat, model: ExportModel): Promise<Uint8Array> {
  const { build, read } = FORMATS[format];
  const { bytes, holds } = await build(model);
  checkFile(format, await read(bytes, model.name), holds);
  return bytes;
}

async function buildWeb({ name, mesh, textures, provenance }: ExportModel): Promise<BuiltFile> {
  const webp = textures && (await encodeTextures(textures.pixels, 'webp'));
  return buildWebGlb({ name, mesh, textures: webp, provenance });
}
