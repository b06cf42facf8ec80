import type { LengthUnit, UpAxis } from '../../../src/protocol/options.ts';
import type { Mesh } from '../../geometry/mesh.ts';
import type { ImageRgb8 } from '../../texture/image-rgb8.ts';
import type { Bounds } from '../bounds.ts';
import type { EncodedTexture } from '../build-glb.ts';
import type { TextureMaps } from '../encode-textures.ts';

/** What every format is made from. */
export interface ExportModel {
  /** Letters, digits and underscores, beginning with a letter: it becomes an identifier in some formats. */
  name: string;
  /** In metres, +Y up, facing +Z; with uvs where there are maps. */
  mesh: Mesh & { normals: Float32Array };
  /** The pixels of the maps and the same maps as PNG or JPEG files. */
  textures?: { pixels: TextureMaps<ImageRgb8>; files: TextureMaps<EncodedTexture> } | undefined;
  /** Plain JSON that goes into formats with a place for it. */
  provenance: Record<string, unknown>;
  /** For formats that know no unit. */
  unit: LengthUnit;
  /** For formats that leave the axis open. */
  up: UpAxis;
}

/** What can be counted in a file again. */
export interface FileFacts {
  faces: number;
  /** In the file's own unit and axes. */
  bounds: Bounds;
  /** Pictures whose header can be read. */
  textures: number;
}

export interface BuiltFile {
  bytes: Uint8Array;
  /** What a reader should find. */
  holds: FileFacts;
}

/** A material without textures: a neutral grey, slightly rough. */
export const PLAIN_MATERIAL = { linear: 0.6, srgb8: 203, roughness: 0.7, metalness: 0 } as const;
