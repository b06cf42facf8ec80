import { derivedState, ensureDerivedFile, verifyDerivedFile } from '../../models/build/derived-file.ts';
import { planShapeModel, type ShapeModel } from '../../models/build/shape-model.ts';
import { WEIGHT_FORMATS, type WeightFormat } from '../../models/build/weight-store.ts';
import type { ModelEntry } from '../../models/manifest/model-entry.ts';
import { findInstalled } from '../../models/store/find-installed.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { findModel } from './models-find.ts';
import { formatBytes } from './models-format.ts';
import type { ProgressTarget } from './progress-display.ts';
import { UsageError } from './usage-error.ts';

type ModelsConfig = Pick<Config, 'modelsDir'>;

/** Runs `hy3d models build`: prepares the weights in one format, unless that was done. */
export async function build(name: string, format: string, { modelsDir }: ModelsConfig): Promise<void> {
  const model = plan(findModel(name, modelsDir), checkFormat(format), modelsDir);
  try {
    const { store, fingerprint } = model;
    const state = derivedState(store, fingerprint);
    if (state === 'not needed') {
      console.log(`${name} needs no preparation as ${format}: all weights are used where they are`);
    } else if (state === 'current') {
      console.log(`${name} is ready as ${format}: ${store.options.derivedPath}`);
    } else {
      const startedAt = performance.now();
      const onWait = () =>
        process.stderr.write('Another process prepares these weights, or was stopped just now; waiting for it\n');
      await ensureDerivedFile(store, fingerprint, { onWait, onProgress: progressOn(process.stderr) });
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(
        `Built ${name} as ${format} in ${seconds} s: ${store.derived.length} tensors, ${formatBytes(store.derivedBytes)} in ${store.options.derivedPath}`,
      );
    }
  } finally {
    model.close();
  }
}

/** Checks what was built of a model; yields a line and whether all is right for each format that is there. */
export async function* verifyBuilds(name: string, { modelsDir }: ModelsConfig) {
  const installed = findInstalled(modelsDir, findModel(name, modelsDir));
  if ('missing' in installed) return;
  for (const format of Object.keys(WEIGHT_FORMATS) as WeightFormat[]) {
    const model = plan(installed.entry, format, modelsDir);
    try {
      const { store, fingerprint } = model;
      if (derivedState(store, fingerprint) === 'absent') continue;
      const problem = await verifyDerivedFile(store, fingerprint);
      yield { format, isRight: problem === undefined, detail: problem ?? 'as it was built' };
    } finally {
      model.close();
    }
  }
}

function plan(entry: ModelEntry, format: WeightFormat, modelsDir: string): ShapeModel {
  const installed = findInstalled(modelsDir, entry);
  if ('missing' in installed) {
    const missing = installed.missing.join(', ');
    throw new AppError('model.missing', `${entry.name} lacks ${missing}. Run "hy3d models pull ${entry.name}" first.`);
  }
  // The condition cache belongs to the plan of every format, so that one file serves both kinds of device.
  return planShapeModel(installed, { format, attention: 'fused', experts: 'sparse', conditionCache: true });
}

function checkFormat(format: string): WeightFormat {
  if (format in WEIGHT_FORMATS) return format as WeightFormat;
  throw new UsageError(`--format: expected one of ${Object.keys(WEIGHT_FORMATS).join(', ')}, got "${format}"`);
}

function progressOn(target: ProgressTarget): (fraction: number) => void {
  let shown = -1;
  return (fraction) => {
    const percent = Math.floor(fraction * 100);
    if (!target.isTTY || percent === shown) return;
    shown = percent;
    target.write(percent === 100 ? '\r\x1b[2K' : `\r${String(percent).padStart(3)} % written`);
  };
}
