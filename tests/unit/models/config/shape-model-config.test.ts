import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShapeModelConfig, readVaeConfig } from '../../../../models/config/shape-model-config.ts';

const FIXTURES = join(import.meta.dir, '../../../fixtures/hunyuan');
const PLAIN = join(FIXTURES, 'hunyuan3d-2.1-tiny/hunyuan3d-dit-v2-1/config.yaml');
const TURBO = join(FIXTURES, 'hunyuan3d-2mini-turbo-tiny/hunyuan3d-dit-v2-mini-turbo/config.yaml');
const folder = mkdtempSync(join(tmpdir(), 'hy3d-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function edited(change: (text: string) => string): string {
  const path = join(folder, 'config.yaml');
  writeFileSync(path, change(readFileSync(PLAIN, 'utf8')));
  return path;
}

describe('the configuration of a shape model', () => {
  test('is read with its anchors, and tells the denoisers apart', () => {
    const plain = readShapeModelConfig(PLAIN);
    expect(plain.model.target).toBe('HunYuanDiTPlain');
    expect(plain.vae.params.num_latents).toBe(24);
    expect(plain.conditioner.params.main_image_encoder.kwargs.config.layer_norm_eps).toBe(1e-6);
    const turbo = readShapeModelConfig(TURBO);
    expect(turbo.model).toMatchObject({ target: 'Hunyuan3DDiT', params: { guidance_embed: true } });
    expect(turbo.scheduler).toMatchObject({ params: { pcm_timesteps: 100 } });
  });

  test('fills in the defaults that published files leave out', () => {
    const { vae, scheduler } = readShapeModelConfig(
      join(FIXTURES, 'hunyuan3d-2mv-tiny/hunyuan3d-dit-v2-mv/config.yaml'),
    );
    expect(vae.params).toMatchObject({ geo_decoder_mlp_expand_ratio: 4, geo_decoder_ln_post: true });
    expect(scheduler.params).toMatchObject({ shift: 1 });
  });

  test('of a VAE alone is read too', () => {
    const path = join(FIXTURES, 'hunyuan3d-2mini-turbo-tiny/hunyuan3d-vae-v2-mini-turbo/config.yaml');
    expect(readVaeConfig(path).params).toMatchObject({ geo_decoder_downsample_ratio: 2, geo_decoder_ln_post: false });
  });

  test.each([
    [
      'a switch that changes the network',
      (t: string) => t.replace('use_pos_emb: false', 'use_pos_emb: true'),
      'use_pos_emb',
    ],
    ['an unknown class', (t: string) => t.replace('HunYuanDiTPlain', 'OtherDiT'), 'OtherDiT'],
    ['a negative size', (t: string) => t.replace('depth: 5', 'depth: -5'), 'depth'],
  ])('refuses %s by name', (_, change, name) => {
    const read = () => readShapeModelConfig(edited(change));
    expect(read).toThrow(expect.objectContaining({ code: 'model.unsupported' }));
    expect(read).toThrow(name);
  });

  test.each([
    ['missing', () => join(folder, 'none.yaml'), 'model.missing'],
    ['no YAML', () => edited(() => '{ "a": [1'), 'model.corrupt'],
    ['huge', () => edited((text) => text + '#'.repeat(100_000)), 'model.unsupported'],
  ])('that is %s is refused with a code', (_, path, code) => {
    expect(() => readShapeModelConfig(path())).toThrow(expect.objectContaining({ code }));
  });
});
