import { describe, expect, test } from 'bun:test';
import { textureMesh } from '../../../../workers/texture/texture-stage.ts';
import { photograph } from '../../../helpers/photograph.ts';
import { createUvBox, createUvSphere } from '../../../helpers/texture-shapes.ts';

const sphere = createUvSphere(0.8, 48, 24);
const view = photograph(sphere, 'front', 128, () => [0.4, 0.3, 0.2]);

describe('textureMesh', () => {
  test('gives base colour, metallic-roughness and normal map, and what the picture was used for', async () => {
    const fractions: number[] = [];
    const result = await textureMesh({
      mesh: sphere,
      detail: sphere,
      views: [view],
      size: 512,
      pbr: true,
      onProgress: (fraction) => fractions.push(fraction),
    });
    expect(result.baseColor.pixels.length).toBe(3 * 512 * 512);
    expect(result.metallicRoughness?.width).toBe(256);
    expect(result.normal?.width).toBe(256);
    // glTF packing: occlusion-neutral red, rough green, no metal in blue
    const [red, green, blue] = result.metallicRoughness?.pixels ?? [];
    expect(red).toBe(255);
    expect(green!).toBeGreaterThan(150);
    expect(blue!).toBeLessThan(10);
    expect(result.viewUse).toEqual({ front: { texture: true } });
    expect(result.warnings).toEqual([]);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  test('makes nothing but the base colour without PBR', async () => {
    const result = await textureMesh({ mesh: sphere, detail: sphere, views: [view], size: 128, pbr: false });
    expect(result.metallicRoughness).toBeUndefined();
    expect(result.normal).toBeUndefined();
  });

  test('says so when a picture colours nothing', async () => {
    const elsewhere = createUvBox([0.1, 0.1, 0.1], 1, [5, 5, 0]);
    const result = await textureMesh({ mesh: elsewhere, detail: elsewhere, views: [view], size: 64, pbr: false });
    expect(result.viewUse.front?.texture).toBe(false);
    expect(result.warnings).toHaveLength(1);
    expect(result.baseColor.pixels.every((value) => value > 0)).toBe(true);
  });

  test('refuses a mesh without faces, normals or uvs, and no pictures', async () => {
    const request = { mesh: sphere, detail: sphere, views: [view], size: 64, pbr: false };
    const { normals: _, ...bare } = sphere;
    await expect(textureMesh({ ...request, mesh: bare })).rejects.toThrow('expected normals and uvs for 1225 vertices');
    await expect(textureMesh({ ...request, views: [] })).rejects.toThrow('expected at least one picture');
    const empty = { ...sphere, indices: new Uint32Array(0) };
    await expect(textureMesh({ ...request, mesh: empty })).rejects.toMatchObject({ code: 'texture.bad_shape' });
  });
});
