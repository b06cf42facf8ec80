import { type BundleMetafile, findBundledPackages, type PackageRoots } from './bundled-packages.ts';
import type { LicensedPart } from './licensed-part.ts';
import { readBunLicences } from './read-bun-licences.ts';
import { LIBVIPS_DIR, readLibvipsLicences } from './read-libvips-licences.ts';
import { readPackageLicence } from './read-package-licence.ts';

/**
 * Everything in the executable that others made: the packages, found by the bundler's own account, the libraries inside
 * their native parts, and Bun with all that is linked into it.
 * @param metafile of the bundled code
 * @param paths the embedded files, from the root of the target's packages
 * @throws {Error} for a part without the text of its licence
 */
export async function collectLicences(
  metafile: BundleMetafile,
  paths: readonly string[],
  roots: PackageRoots,
): Promise<LicensedPart[]> {
  const packages = await findBundledPackages(metafile, paths, roots);
  const parts = await Promise.all(
    packages.map((bundled) => {
      if (LIBVIPS_DIR.test(bundled.dir)) return readLibvipsLicences(bundled.dir);
      return readPackageLicence(bundled).then((part) => [part]);
    }),
  );
  return [...(await readBunLicences()), ...parts.flat()];
}
