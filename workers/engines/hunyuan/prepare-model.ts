import { totalmem } from 'node:os';
import { derivedState, ensureDerivedFile, isReady } from '../../../models/build/derived-file.ts';
import { planShapeModel, type ShapeModel, type ShapeModelOptions } from '../../../models/build/shape-model.ts';
import type { WeightFormat } from '../../../models/build/weight-store.ts';
import { memoryNeed } from '../../../models/manifest/least-memory.ts';
import type { InstalledModel } from '../../../models/store/find-installed.ts';
import { AppError } from '../../../src/errors.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** Forms of weights by kind of device, the best first. */
const FORMATS: Readonly<
  Record<Device['kind'], readonly [full: WeightFormat, int8: WeightFormat, int4: WeightFormat, ...WeightFormat[]]>
> = {
  cuda: ['fp16', 'int8-fp16', 'int4-fp16'],
  cpu: ['fp32', 'int8', 'int4', 'fp32-in-place'],
};
/** A processor's memory must hold the largest network, about half of a model, in 32 bits and room to work. */
const MAPPED_SHARE = 1.5;

export interface PrepareOptions {
  device: Device;
  fusedAttention: boolean;
  log(message: string): void;
  /** Share of the weights that is written; not called where they are there. */
  onProgress(fraction: number): void;
}

/**
 * The networks of an installed model in the form that suits a device, ready to be loaded: what they need and the
 * checkpoint does not have is written, unless it is there. Where it cannot be written a processor uses the weights in
 * place, if the model needs nothing more for that.
 * @throws {AppError} `model.unwritable`, or as `planShapeModel` does
 */
export async function prepareModel(installed: InstalledModel, options: PrepareOptions): Promise<ShapeModel> {
  const { log, onProgress } = options;
  const model = chooseForm(installed, options);
  const { store, fingerprint } = model;
  const { format, derivedPath } = store.options;
  try {
    if (!isReady(store, fingerprint)) {
      log(`preparing ${format} weights once, ${(store.derivedBytes / 1e9).toFixed(1)} GB in ${derivedPath}`);
      const onWait = () => log(`another process writes ${derivedPath}, or was stopped just now; waiting for it`);
      await ensureDerivedFile(store, fingerprint, { onWait, onProgress });
    }
    return model;
  } catch (error) {
    model.close();
    if (!(error instanceof AppError && error.code === 'model.unwritable' && format === 'fp32')) throw error;
    const inPlace = planShapeModel(installed, planOptions('fp32-in-place', options));
    if (isReady(inPlace.store, inPlace.fingerprint)) {
      log(`${error.message} The weights are used in place instead, which takes more memory`);
      return inPlace;
    }
    inPlace.close();
    throw error;
  }
}

/** As `prepareModel`, where nothing is left to be written; otherwise undefined. */
export function findPrepared(
  installed: InstalledModel,
  options: Pick<PrepareOptions, 'device' | 'fusedAttention'>,
): ShapeModel | undefined {
  const model = chooseForm(installed, options);
  if (isReady(model.store, model.fingerprint)) return model;
  model.close();
  return undefined;
}

/** A form that was built wins over one that would have to be built first. */
function chooseForm(installed: InstalledModel, options: Pick<PrepareOptions, 'device' | 'fusedAttention'>): ShapeModel {
  const { device } = options;
  const format = preferredFormat(installed, device);
  const preferred = planShapeModel(installed, planOptions(format, options));
  if (isReady(preferred.store, preferred.fingerprint)) return preferred;
  for (const other of FORMATS[device.kind].filter((candidate) => candidate !== format)) {
    const model = planShapeModel(installed, planOptions(other, options));
    if (derivedState(model.store, model.fingerprint) === 'current') {
      preferred.close();
      return model;
    }
    model.close();
  }
  return preferred;
}

function planOptions(
  format: WeightFormat,
  { device, fusedAttention }: Pick<PrepareOptions, 'device' | 'fusedAttention'>,
): ShapeModelOptions {
  return {
    format,
    attention: fusedAttention ? 'fused' : 'decomposed',
    experts: 'sparse',
    // On a GPU bringing half a gigabyte to it in every step costs more than working it out again.
    conditionCache: device.kind === 'cpu',
  };
}

/** The form that a device with so much memory should have. */
function preferredFormat({ entry }: InstalledModel, { kind, memoryBytes }: Device): WeightFormat {
  const [full, int8, int4] = FORMATS[kind];
  if (kind === 'cpu') {
    // A container may have less than the machine; 0 where that is not known.
    const available = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
    return available >= MAPPED_SHARE * entry.memoryBytes ? full : int8;
  }
  if (memoryBytes === undefined || memoryBytes >= memoryNeed(entry, 16)) return full;
  return memoryBytes >= memoryNeed(entry, 8) ? int8 : int4;
}
