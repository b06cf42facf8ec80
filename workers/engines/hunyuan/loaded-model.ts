import { statSync } from 'node:fs';
import type { ShapeModel } from '../../../models/build/shape-model.ts';
import type { InstalledModel } from '../../../models/store/find-installed.ts';
import type { Device } from '../../../src/protocol/messages.ts';
import { chooseProvider, type ProviderChoice } from '../../runtime/choose-provider.ts';
import type { ExecutionProvider } from '../../runtime/execution-provider.ts';
import { NetworkKeeper } from '../../runtime/network-keeper.ts';
import { freeMemory, openNetwork } from '../../runtime/network-session.ts';
import { keepableBytes } from './memory-need.ts';
import { findPrepared, prepareModel } from './prepare-model.ts';

/** A model in this process, with those of its networks that are in memory. */
export interface LoadedModel {
  model: ShapeModel;
  provider: ExecutionProvider;
  fusedAttention: boolean;
  networks: NetworkKeeper;
}

export interface LoadOptions {
  device: Device;
  log(message: string): void;
}

/** One at a time: two models would not fit into the memory of most devices. */
let resident: { key: string; loaded: LoadedModel } | undefined;

/**
 * The model as a former job of this process left it, or made ready now, with its weights prepared where they are not.
 * @param onProgress share of the weights that is prepared; not called where they are there
 * @throws {AppError} as `chooseProvider` and `prepareModel` do
 */
export async function useModel(
  installed: InstalledModel,
  { device, log, onProgress }: LoadOptions & { onProgress(fraction: number): void },
): Promise<LoadedModel> {
  const key = keyOf(installed, device);
  const known = await findResident(key);
  if (known !== undefined) return known;
  const choice = await startProvider(device, log);
  const model = await prepareModel(installed, { device, fusedAttention: choice.fusedAttention, log, onProgress });
  return makeResident(key, model, choice, device);
}

/**
 * Loads as many networks as may stay in memory, those first that take longest. A model whose weights are still to be
 * prepared is left to the job that needs it, which shows how far that is.
 */
export async function loadNetworks(
  installed: InstalledModel,
  { device, log, signal }: LoadOptions & { signal: AbortSignal },
): Promise<void> {
  const loaded = await usePrepared(installed, { device, log });
  if (loaded === undefined) {
    log(`${installed.entry.name}: the first job prepares the weights; "hy3d models build" does it ahead`);
    return;
  }
  const { model, networks, provider } = loaded;
  const startedAt = performance.now();
  for (const network of networksOf(model)) {
    if (signal.aborted) break;
    if (networks.fits(network)) await (await networks.open(network)).release();
    // Lets the message of a job come in.
    await new Promise(setImmediate);
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  log(
    `${installed.entry.name}: ${(networks.loadedBytes / 1e9).toFixed(2)} GB of networks on ${provider} in ${seconds} s`,
  );
}

function networksOf(model: ShapeModel) {
  const { denoiser, conditioner, conditionKeyValues, vae, geometryKeys, geometryDecoder, latentSelection } = model;
  const networks = [denoiser, conditioner, conditionKeyValues, vae, geometryKeys, geometryDecoder];
  return [...networks, latentSelection?.mean, latentSelection?.merge].filter((network) => network !== undefined);
}

async function usePrepared(installed: InstalledModel, { device, log }: LoadOptions): Promise<LoadedModel | undefined> {
  const key = keyOf(installed, device);
  const known = await findResident(key);
  if (known !== undefined) return known;
  const choice = await startProvider(device, log);
  const model = findPrepared(installed, { device, fusedAttention: choice.fusedAttention });
  return model && makeResident(key, model, choice, device);
}

async function startProvider(device: Device, log: LoadOptions['log']): Promise<ProviderChoice> {
  const choice = await chooseProvider(device);
  for (const reason of choice.passedOver) log(`passed over ${reason}`);
  return choice;
}

/** The model that is there, if it is the one that is meant; another one leaves. */
async function findResident(key: string): Promise<LoadedModel | undefined> {
  if (resident?.key === key) return resident.loaded;
  await resident?.loaded.networks.clear();
  resident = undefined;
  return undefined;
}

function makeResident(
  key: string,
  model: ShapeModel,
  { provider, fusedAttention }: ProviderChoice,
  device: Device,
): LoadedModel {
  // All weights are in place; the checkpoints were open for preparing them.
  model.close();
  const networks = new NetworkKeeper(
    ({ model: bytes, weightBytes }) => openNetwork(bytes, { provider, weightBytes }),
    keepableBytes(device, freeMemory()),
  );
  const loaded = { model, provider, fusedAttention, networks };
  resident = { key, loaded };
  return loaded;
}

/** Changes with the files of a model, so that a model that was pulled anew is not taken for the old one. */
function keyOf({ entry, files }: InstalledModel, { kind, index }: Device): string {
  const stamps = Object.values(files).map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
  return JSON.stringify([entry.name, kind, index, stamps]);
}
