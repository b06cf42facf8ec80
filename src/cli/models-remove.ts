import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { removeModel } from '../../models/store/remove-model.ts';
import type { Config } from '../config.ts';
import { findModel } from './models-find.ts';
import { formatBytes } from './models-format.ts';

/** Runs `hy3d models rm`. */
export async function remove(name: string, { modelsDir }: Pick<Config, 'modelsDir'>): Promise<void> {
  const { freedBytes, kept } = await removeModel(modelsDir, findModel(name, modelsDir), loadManifest(modelsDir));
  console.log(
    freedBytes > 0 ? `Removed ${name}: ${formatBytes(freedBytes)} freed` : `Nothing of ${name} was installed`,
  );
  for (const file of kept) console.log(`Kept ${file}: another installed model needs it`);
}
