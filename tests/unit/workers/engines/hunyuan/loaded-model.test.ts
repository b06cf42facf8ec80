import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InstalledModel } from '../../../../../models/store/find-installed.ts';
import type { Device } from '../../../../../src/protocol/messages.ts';
import { loadNetworks, useModel } from '../../../../../workers/engines/hunyuan/loaded-model.ts';
import { disableTelemetry } from '../../../../helpers/run-graph.ts';
import { tinyInstalled } from '../../../../helpers/tiny-shape-models.ts';

disableTelemetry();
const device: Device = { kind: 'cpu', index: 0, name: 'cpu' };
const NEVER = new AbortController().signal;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hy3d-loaded-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A tiny model with files of its own. */
function install(key: '2.1' | '2mini-turbo'): InstalledModel {
  const model = tinyInstalled(key, join(folder, key, 'derived'));
  const copyOf = (path: string): string => {
    const copy = join(folder, key, path.slice(dirname(path).length));
    cpSync(path, copy);
    return copy;
  };
  return { ...model, files: { config: copyOf(model.files.config), weights: copyOf(model.files.weights) } };
}

const use = (model: InstalledModel) => useModel(model, { device, log: () => {}, onProgress: () => {} });

async function loadAhead(model: InstalledModel, signal = NEVER): Promise<string> {
  const messages: string[] = [];
  await loadNetworks(model, { device, signal, log: (message) => messages.push(message) });
  return messages.join('\n');
}

describe('the model that a process holds', () => {
  test('is loaded ahead with all networks that fit, and is the one that the next job uses', async () => {
    const model = install('2.1');
    const prepared = await use(model);
    expect(prepared.networks.loadedBytes).toBe(0);
    expect(await loadAhead(model)).toMatch(/^hunyuan3d-2.1: [\d.]+ GB of networks on cpu in [\d.]+ s$/);
    const loaded = await use(model);
    expect(loaded).toBe(prepared);
    const { denoiser, conditioner, vae, geometryKeys, geometryDecoder, conditionKeyValues } = loaded.model;
    const all = [denoiser, conditioner, vae, geometryKeys, geometryDecoder, conditionKeyValues];
    expect(loaded.networks.loadedBytes).toBe(all.reduce((sum, network) => sum + (network?.weightBytes ?? 0), 0));
  });

  test('whose weights are still to be prepared is left to the job that needs it', async () => {
    const model = install('2mini-turbo');
    expect(await loadAhead(model)).toContain('the first job prepares the weights');
    expect((await use(model)).networks.loadedBytes).toBe(0);
  });

  test('loads nothing further once a job is waiting', async () => {
    const model = install('2.1');
    const { networks } = await use(model);
    await loadAhead(model, AbortSignal.abort());
    expect(networks.loadedBytes).toBe(0);
  });

  test('leaves the memory for another one, and when its files were replaced', async () => {
    const [first, second] = [install('2.1'), install('2mini-turbo')];
    const { networks } = await use(first);
    await loadAhead(first);
    await use(second);
    expect(networks.loadedBytes).toBe(0);

    const before = await use(first);
    await loadAhead(first);
    utimesSync(first.files.weights, 0, 0);
    const after = await use(first);
    expect(after).not.toBe(before);
    expect([before.networks.loadedBytes, after.networks.loadedBytes]).toEqual([0, 0]);
  });
});
