import { hasPictureHeader } from '../picture-header.ts';
import { broken } from './broken-file.ts';
import { type ArchiveFiles, isPictureName, unpackZip } from './zip.ts';

export interface Archive {
  /** @throws {AppError} `export.invalid` if there is no such file */
  text(name: string): string;
  has(name: string): boolean;
  /** Pictures in it, all with a readable header. */
  pictures: number;
}

/**
 * Opens an archive that was written.
 * @throws {AppError} `export.invalid` if it is damaged, or a picture in it is
 */
export function readArchive(format: string, bytes: Uint8Array): Archive {
  const files = unpack(format, bytes);
  const pictures = Object.keys(files).filter(isPictureName);
  for (const name of pictures) {
    const type = name.endsWith('.png') ? 'image/png' : 'image/jpeg';
    if (!hasPictureHeader(files[name]!, type)) throw broken(format, `${name} has no readable header`);
  }
  return {
    text(name) {
      const file = files[name];
      if (!file) throw broken(format, `it has no ${name}`);
      return new TextDecoder().decode(file);
    },
    has: (name) => name in files,
    pictures: pictures.length,
  };
}

function unpack(format: string, bytes: Uint8Array): ArchiveFiles {
  try {
    return unpackZip(bytes);
  } catch (cause) {
    throw broken(format, 'it cannot be unpacked', cause);
  }
}
