import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint, StoredTensor } from '../../../../models/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../../models/checkpoint/open-checkpoint.ts';

const FIXTURES = join(import.meta.dir, '../../../fixtures/hunyuan');
const SINGLE = 'hunyuan3d-2.1-tiny/hunyuan3d-dit-v2-1/model.fp16.ckpt';
const SINGLE_VAE = 'hunyuan3d-2.1-tiny/hunyuan3d-vae-v2-1/model.fp16.ckpt';
const MULTI_VIEW = 'hunyuan3d-2mv-tiny/hunyuan3d-dit-v2-mv/model.fp16.safetensors';
const TURBO = 'hunyuan3d-2mini-turbo-tiny/hunyuan3d-dit-v2-mini-turbo/model.fp16.safetensors';
const TURBO_VAE = 'hunyuan3d-2mini-turbo-tiny/hunyuan3d-vae-v2-mini-turbo/model.fp16.safetensors';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-checkpoint-test-'));
const open: Checkpoint[] = [];
afterAll(() => {
  for (const checkpoint of open) checkpoint.close();
  rmSync(dir, { recursive: true, force: true });
});

function load(name: string): Checkpoint {
  const checkpoint = openCheckpoint(join(FIXTURES, name));
  open.push(checkpoint);
  return checkpoint;
}

function get(checkpoint: Checkpoint, name: string): StoredTensor {
  const tensor = checkpoint.tensors.get(name);
  if (!tensor) throw new Error(`${name} is missing`);
  return tensor;
}

function halves(checkpoint: Checkpoint, name: string): Float16Array {
  return new Float16Array(checkpoint.read(get(checkpoint, name)).buffer);
}

describe('published layouts', () => {
  test.each([
    [SINGLE, ['conditioner', 'model', 'vae'], 325],
    [MULTI_VIEW, ['conditioner', 'model', 'vae'], 183],
    [TURBO, ['conditioner', 'model', 'vae'], 179],
    [SINGLE_VAE, ['encoder', 'geo_decoder', 'post_kl', 'pre_kl', 'transformer'], 110],
    [TURBO_VAE, ['geo_decoder', 'post_kl', 'transformer'], 52],
  ])('%s has the sections %p', (name, sections, count) => {
    const { tensors } = load(name);
    expect([...new Set([...tensors.keys()].map((key) => key.split('.')[0] ?? ''))].sort()).toEqual(sections);
    expect(tensors.size).toBe(count);
  });

  test('tensors have the documented names and shapes', () => {
    const table = (name: string, key: string) => get(load(name), key).shape;
    const table21 = 'conditioner.main_image_encoder.model.embeddings.position_embeddings';
    expect(table(SINGLE, table21)).toEqual([1, 17, 32]);
    expect(table(MULTI_VIEW, table21)).toEqual([1, 17, 32]);
    expect(table(SINGLE, 'model.x_embedder.weight')).toEqual([64, 8]);
    expect(table(SINGLE, 'vae.post_kl.weight')).toEqual([32, 8]);
    expect(table(TURBO_VAE, 'post_kl.weight')).toEqual([32, 8]);
  });

  test('all bytes are inside the file, all of them finite 16-bit numbers that differ', () => {
    for (const name of [SINGLE, SINGLE_VAE, MULTI_VIEW, TURBO, TURBO_VAE]) {
      const checkpoint = load(name);
      for (const tensor of checkpoint.tensors.values()) {
        expect(tensor.dtype).toBe('F16');
        expect(tensor.byteOffset + tensor.byteLength).toBeLessThanOrEqual(checkpoint.byteLength);
        expect(halves(checkpoint, tensor.name).every(Number.isFinite)).toBe(true);
      }
    }
    expect(new Set(halves(load(SINGLE), 'model.x_embedder.weight')).size).toBeGreaterThan(200);
  });

  test('the VAE alone equals the VAE section of the whole file', () => {
    const whole = load(SINGLE);
    const alone = load(SINGLE_VAE);
    const section = [...whole.tensors.keys()].filter((name) => name.startsWith('vae.'));
    expect(section.map((name) => name.slice(4)).sort()).toEqual([...alone.tensors.keys()].sort());
    for (const [name, tensor] of alone.tensors) {
      expect(get(whole, `vae.${name}`).shape).toEqual(tensor.shape);
      expect(whole.read(get(whole, `vae.${name}`))).toEqual(alone.read(tensor));
    }
  });

  test('the transformers of the plain and the turbo VAE are the same, their geometry decoders are not', () => {
    const plain = load(TURBO);
    const turbo = load(TURBO_VAE);
    for (const [name, tensor] of turbo.tensors) {
      if (name.startsWith('geo_decoder.')) continue;
      expect(plain.read(get(plain, `vae.${name}`))).toEqual(turbo.read(tensor));
    }
    expect(turbo.tensors.has('geo_decoder.ln_post.weight')).toBe(false);
    expect(plain.tensors.has('vae.geo_decoder.ln_post.weight')).toBe(true);
  });
});

describe('reading', () => {
  test('gives any range of a tensor', () => {
    const checkpoint = load(SINGLE);
    const tensor = get(checkpoint, 'model.x_embedder.weight');
    const all = checkpoint.read(tensor);
    expect(all.length).toBe(tensor.byteLength);
    expect(checkpoint.read(tensor, 10, 7)).toEqual(all.slice(10, 17));
    expect(checkpoint.read(tensor, 1000)).toEqual(all.slice(1000));
    expect(checkpoint.read(tensor, tensor.byteLength)).toEqual(new Uint8Array());
  });

  test('refuses ranges outside the tensor', () => {
    const checkpoint = load(SINGLE);
    const tensor = get(checkpoint, 'model.x_embedder.weight');
    expect(() => checkpoint.read(tensor, -1)).toThrow(RangeError);
    expect(() => checkpoint.read(tensor, 0, tensor.byteLength + 1)).toThrow(RangeError);
    expect(() => checkpoint.read(tensor, tensor.byteLength + 1)).toThrow(RangeError);
  });

  test('the content decides the format, not the name', () => {
    const path = join(dir, 'model.ckpt');
    writeFileSync(path, Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]));
    const checkpoint = openCheckpoint(path);
    expect(checkpoint.tensors.size).toBe(0);
    checkpoint.close();
  });
});

describe('files that are no checkpoints', () => {
  test.each([
    ['nothing', ''],
    ['a web page', '<!DOCTYPE html><html><body>Not found</body></html>'],
    ['a pointer to large storage', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7366389768\n'],
  ])('%s is refused', (_, content) => {
    const path = join(dir, 'model.fp16.ckpt');
    writeFileSync(path, content);
    expect(() => openCheckpoint(path)).toThrow(
      expect.objectContaining({ code: 'model.corrupt', message: expect.stringContaining(path) }),
    );
  });

  test.each([
    ['a path that leads nowhere', join(dir, 'nowhere.ckpt')],
    ['a folder', dir],
  ])('%s is missing', (_, path) => {
    expect(() => openCheckpoint(path)).toThrow(expect.objectContaining({ code: 'model.missing' }));
  });
});
