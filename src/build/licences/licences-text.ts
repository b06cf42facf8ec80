import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import type { BuildTarget } from '../build-target.ts';
import { formatLicences } from './format-licences.ts';
import type { LicensedPart } from './licensed-part.ts';

/**
 * What `hy3d licenses` prints: the program's own licence and those of all parts.
 * @param checkout folder of the program's own licence
 */
export async function licencesText(
  parts: readonly LicensedPart[],
  checkout: string,
  target: BuildTarget,
): Promise<string> {
  const introduction = `hy3d ${packageJson.version} for ${target}

${await readFile(join(checkout, 'LICENSE'), 'utf8')}
The executable contains the following software of others. The full texts of their licences come after the list; for a
part of Bun without a notice of its own, they are the terms that Bun's page names.

libvips and the libraries inside it that are under the LGPL 3 are a shared library of their own, libvips-cpp: the
executable unpacks it to a folder, and a symbolic link to another build in its place there is used instead.`;
  return formatLicences(introduction, parts);
}
