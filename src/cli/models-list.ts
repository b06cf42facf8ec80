import { existsSync, statSync } from 'node:fs';
import { loadManifest } from '../../models/manifest/load-manifest.ts';
import type { ModelEntry } from '../../models/manifest/model-entry.ts';
import { findInstalled } from '../../models/store/find-installed.ts';
import { readInstallRecord } from '../../models/store/install-record.ts';
import { storeFilesOf } from '../../models/store/store-layout.ts';
import type { Config } from '../config.ts';
import { formatBytes } from './models-format.ts';

/** What `hy3d models list` prints. */
export function listModels({ modelsDir }: Pick<Config, 'modelsDir'>, asJson: boolean): string {
  const models = loadManifest(modelsDir).map((entry) => describe(modelsDir, entry));
  if (asJson) return JSON.stringify(models, undefined, 2);
  const rows = models.map(({ name, views, sizeBytes, isSizeExact, state, licence }) => {
    const size = `${isSizeExact ? '' : 'about '}${formatBytes(sizeBytes)}`;
    return [name, views.join(', '), size, state, licence.name];
  });
  const table = [['name', 'views', 'size', 'state', 'licence'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const territories = [...new Set(models.map(({ licence }) => `${licence.name}: ${licence.territory}`))];
  return [...lines, '', ...territories, `Folder: ${modelsDir}`].join('\n');
}

function describe(modelsDir: string, entry: ModelEntry) {
  const { name, title, views, memoryBytes, licence } = entry;
  let sizeBytes = 0;
  let isSizeExact = true;
  for (const { localPath, bytes, approximateBytes } of storeFilesOf(modelsDir, entry)) {
    const exact = statSync(localPath, { throwIfNoEntry: false })?.size ?? bytes;
    sizeBytes += exact ?? approximateBytes ?? 0;
    if (exact === undefined && approximateBytes !== undefined) isSizeExact = false;
  }
  return {
    name,
    title,
    views,
    sizeBytes,
    isSizeExact,
    memoryBytes,
    ...stateOf(modelsDir, entry),
    licence,
  };
}

function stateOf(modelsDir: string, entry: ModelEntry): { state: string; missing: string[] } {
  const found = findInstalled(modelsDir, entry);
  if ('entry' in found) {
    const state = readInstallRecord(modelsDir, entry.name) ? 'installed' : 'installed by hand';
    return { state, missing: [] };
  }
  const isPartial = storeFilesOf(modelsDir, entry).some(
    ({ role, localPath }) => !role.startsWith('turbo') && (existsSync(localPath) || existsSync(`${localPath}.part`)),
  );
  return { state: isPartial ? 'incomplete' : 'missing', missing: found.missing };
}
