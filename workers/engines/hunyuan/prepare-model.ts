import { totalmem } from 'node:os';
import { derivedState, writeDerivedFile } from '../../../models/build/derived-file.ts';
import { planShapeModel, type ShapeModel, type ShapeModelOptions } from '../../../models/build/shape-model.ts';
import type { WeightFormat } from '../../../models/build/weight-store.ts';
import type { InstalledModel } from '../../../models/store/find-installed.ts';
import type { Device } from '../../../src/protocol/messages.ts';

/** Forms of weights by kind of device, the best first. */
const FORMATS: Readonly<Record<Device['kind'], readonly [WeightFormat, ...WeightFormat[]]>> = {
  cuda: ['fp16', 'int8-fp16', 'int4-fp16'],
  cpu: ['fp32', 'int8', 'int4', 'fp32-in-place'],
};
/** A processor's memory must hold the largest network, about half of a model, in 32 bits and room to work. */
const MAPPED_SHARE = 1.5;

/**
 * The networks of an installed model in the form that suits a device. A form that was built wins over one that would have to be
 * built first.
 */
export function chooseForm(installed: InstalledModel, device: Device, fusedAttention: boolean): ShapeModel {
  const options = (format: WeightFormat): ShapeModelOptions => ({
    format,
    attention: fusedAttention ? 'fused' : 'decomposed',
    experts: 'sparse',
    // On a GPU bringing half a gigabyte to it in every step costs more than working it out again.
    conditionCache: device.kind === 'cpu',
  });
  const preferred = planShapeModel(installed, options(preferredFormat(installed, device)));
  if (isReady(preferred)) return preferred;
  for (const format of FORMATS[device.kind]) {
    if (format === preferred.store.options.format || format === 'fp32-in-place') continue;
    const model = planShapeModel(installed, options(format));
    if (isReady(model)) {
      preferred.close();
      return model;
    }
    model.close();
  }
  return preferred;
}

/** The form that a device with so much memory should have. */
export function preferredFormat({ entry }: Pick<InstalledModel, 'entry'>, device: Device): WeightFormat {
  const [full, int8] = FORMATS[device.kind];
  if (device.kind === 'cpu') return totalmem() >= MAPPED_SHARE * entry.memoryBytes ? full : (int8 ?? full);
  return device.memoryBytes === undefined || device.memoryBytes >= entry.memoryBytes ? full : (int8 ?? full);
}

export function isReady(model: ShapeModel): boolean {
  return ['current', 'not needed'].includes(derivedState(model.store, model.fingerprint));
}

/** Writes what the networks need and the checkpoint does not have, unless it is there. */
export function buildIfNeeded(
  model: ShapeModel,
  log: (message: string) => void,
  onProgress: (done: number) => void,
): void {
  if (isReady(model)) return;
  const { format, derivedPath } = model.store.options;
  log(`preparing ${format} weights once, ${(model.store.derivedBytes / 1e9).toFixed(1)} GB in ${derivedPath}`);
  writeDerivedFile(model.store, model.fingerprint, onProgress);
}
