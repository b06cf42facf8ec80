import type { EncodedTexture } from '../build-glb.ts';
import type { ArchiveFiles } from './zip.ts';

/** Name of a texture's file; `stem` says which map it is. */
export function textureFileName(stem: string, { format }: Pick<EncodedTexture, 'format'>): string {
  return `${stem}.${format === 'jpeg' ? 'jpg' : format}`;
}

/** The files of those maps that there are, by name. */
export function textureFiles(maps: Readonly<Record<string, EncodedTexture | undefined>>): ArchiveFiles {
  const present = Object.entries(maps).flatMap(([stem, map]) => (map ? [{ stem, map }] : []));
  return Object.fromEntries(present.map(({ stem, map }) => [textureFileName(stem, map), map.bytes]));
}
