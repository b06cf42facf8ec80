import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintOf, writeDerivedFile } from '../../models/build/derived-file.ts';
import { type WeightFormat, WeightStore } from '../../models/build/weight-store.ts';
import { openCheckpoint } from '../../models/checkpoint/open-checkpoint.ts';
import type { WeightSource } from '../../models/onnx/weight-source.ts';

/**
 * Builds a model over a checkpoint the way that the program does, with the derived file in a temporary folder that goes
 * with the test, or the group of tests, that asks. Weights of every size are quantised where the format says so.
 * @param prefix of the network's tensors in the checkpoint
 */
export function buildOverCheckpoint(
  checkpointPath: string,
  prefix: string,
  format: WeightFormat,
  build: (weights: WeightSource) => Uint8Array,
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'hy3d-built-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const store = new WeightStore({ format, derivedPath: join(folder, 'derived.bin'), smallestQuantisedWeight: 0 });
  const checkpoint = openCheckpoint(checkpointPath);
  try {
    const model = build(store.source(checkpoint, prefix));
    if (store.derived.length > 0) writeDerivedFile(store, fingerprintOf(store, [checkpoint]));
    return model;
  } finally {
    checkpoint.close();
  }
}
