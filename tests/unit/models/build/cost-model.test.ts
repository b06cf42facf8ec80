import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { estimateCost, type ShapeModelCost } from '../../../../models/build/cost-model.ts';
import { geometryConfig } from '../../../../models/build/network-configs.ts';
import { readShapeModelConfig, readVaeConfig } from '../../../../models/config/shape-model-config.ts';
import { publishedConfig, type Variant } from '../../../../workers/bench/published-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'hy3d-cost-'));
afterAll(() => rmSync(folder, { recursive: true }));

function costOf(variant: Variant, views = 1, attended = 3072, withTurboVae = false): ShapeModelCost {
  const { model, turboVae } = publishedConfig(variant);
  const path = join(folder, 'config.yaml');
  writeFileSync(path, JSON.stringify(model));
  const config = readShapeModelConfig(path);
  writeFileSync(path, JSON.stringify(withTurboVae ? turboVae : model));
  const vae = withTurboVae ? readVaeConfig(path) : config.vae;
  return estimateCost(config, geometryConfig(vae.params), views, attended);
}

const TERA = 1e12;

describe('operations at published dimensions agree with independent counts to 3 % for', () => {
  // TFLOP per forward pass, worked out term by term elsewhere.
  test.each([
    ['2.1', 1, 18.2],
    ['2', 1, 9.25],
    ['2mini', 1, 1.49],
    ['2mini-turbo', 1, 12.0],
    ['2mv', 3, 18.8],
    ['2mv', 4, 24.7],
  ] as const)('the denoiser of %s with %i views', (variant, views, expected) => {
    expect(costOf(variant, views).denoiserCall / TERA / expected).toBeWithin(0.97, 1.03);
  });

  test.each([
    ['2.1', 1.0],
    ['2', 3.6],
    ['2mini-turbo', 19.1],
  ] as const)('the image encoder of %s', (variant, expected) => {
    expect(costOf(variant).conditionerPerView / TERA / expected).toBeWithin(0.97, 1.03);
  });

  test.each([
    ['2mini', 0.22],
    ['2', 1.86],
    ['2.1', 2.75],
  ] as const)('the VAE of %s', (variant, expected) => {
    expect(costOf(variant).vae / TERA / expected).toBeWithin(0.97, 1.03);
  });

  test.each([
    ['2.1', 4096, false, 37.9],
    ['2', 3072, false, 33.7],
    ['2mini', 512, false, 23.2],
    ['2', 3072, true, 8.4],
    ['2', 1024, true, 4.2],
  ] as const)(
    'a million points of %s that attend to %i latents (turbo VAE: %p)',
    (variant, attended, turbo, expected) => {
      expect((costOf(variant, 1, attended, turbo).point * 1e6) / TERA / expected).toBeWithin(0.97, 1.03);
    },
  );
});

test('guidance costs a second call unless the network takes it as a number', () => {
  expect(costOf('2').callsPerStep).toBe(2);
  expect(costOf('2-turbo').callsPerStep).toBe(1);
  expect(costOf('2.1').callsPerStep).toBe(2);
});
