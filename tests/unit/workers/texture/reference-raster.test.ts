import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { rasterizeScreen } from '../../../../workers/texture/rasterize.ts';

const FOLDER = join(import.meta.dir, '../../../fixtures/bake');
const VIEW_SIZE = 256;
const TEXTURE_SIZE = 128;
/** Side of the square that the reference's cameras see. */
const VISIBLE_SIDE = 1.2;

function readTensors(path: string) {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, { data_offsets: number[] }>;
  return (name: string): ArrayBuffer => {
    const [from, to] = header[name]!.data_offsets.map((offset) => offset + 8 + headerLength);
    return Uint8Array.from(bytes.subarray(from!, to!)).buffer;
  };
}

const tensor = readTensors(join(FOLDER, 'geometry.safetensors'));
const positions = new Float32Array(tensor('mesh.positions'));
const uvs = new Float32Array(tensor('mesh.uvs'));
const faces = new Uint32Array(tensor('mesh.faces'));
const normalised = new Float32Array(tensor('normalised_positions'));

/** The reference samples pixel centres of a frame that is one pixel narrower than the picture. */
const toSample = (ndc: number, size: number) => (ndc * 0.5 + 0.5) * (size - 1) + 0.5;

/** Screen vertices of a view with elevation 0: the renderer's rows are W of its camera, its rows grow with y. */
function projectReference(azimuthDegrees: number): Float64Array {
  const a = (azimuthDegrees * Math.PI) / 180;
  const screen = new Float64Array(normalised.length);
  for (let i = 0; i < normalised.length; i += 3) {
    const [x, y, z] = [normalised[i]!, normalised[i + 1]!, normalised[i + 2]!];
    screen[i] = toSample(((-Math.cos(a) * x - Math.sin(a) * y) * 2) / VISIBLE_SIDE, VIEW_SIZE);
    screen[i + 1] = toSample((z * 2) / VISIBLE_SIDE, VIEW_SIZE);
    screen[i + 2] = -Math.sin(a) * x + Math.cos(a) * y;
  }
  return screen;
}

describe('the rasteriser against the reference implementation', () => {
  test('the fixture is the mesh in the renderer frame: (-x, z, -y), centred, in a sphere of radius 0.575', () => {
    const renderer = new Float32Array(positions.length);
    for (let i = 0; i < positions.length; i += 3) {
      renderer.set([-positions[i]!, positions[i + 2]!, -positions[i + 1]!], i);
    }
    const center = [0, 1, 2].map((k) => {
      const axis = renderer.filter((_, i) => i % 3 === k);
      return (Math.min(...axis) + Math.max(...axis)) / 2;
    });
    const centered = renderer.map((value, i) => value - center[i % 3]!);
    let radius = 0;
    for (let i = 0; i < centered.length; i += 3) radius = Math.max(radius, Math.hypot(...centered.subarray(i, i + 3)));
    centered.forEach((value, i) => {
      expect(Math.abs((value * 1.15) / (2 * radius) - normalised[i]!)).toBeLessThan(1e-5);
    });
  });

  test.each([
    [0, 0],
    [1, 90],
  ])('view %i shows the same faces but for one pixel in a thousand', async (view, azimuth) => {
    const { data, info } = await sharp(await Bun.file(join(FOLDER, `face_id${view}.png`)).bytes())
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const expected = new Uint16Array(Uint8Array.from(data).buffer).filter((_, i) => i % info.channels === 0);
    const { faceId } = rasterizeScreen(projectReference(azimuth), faces, VIEW_SIZE, VIEW_SIZE);
    const different = faceId.reduce((count, face, i) => count + (face + 1 === expected[i] ? 0 : 1), 0);
    expect(faceId.some((face) => face >= 0)).toBe(true);
    expect(different).toBeLessThanOrEqual(VIEW_SIZE * VIEW_SIZE * 0.001);
  });

  test('covers the same texels with the same positions', () => {
    const screen = new Float64Array((uvs.length / 2) * 3);
    for (let i = 0; i < uvs.length / 2; i++) {
      screen[3 * i] = toSample(2 * uvs[2 * i]! - 1, TEXTURE_SIZE);
      screen[3 * i + 1] = toSample(1 - 2 * uvs[2 * i + 1]!, TEXTURE_SIZE);
    }
    const { faceId, barycentrics } = rasterizeScreen(screen, faces, TEXTURE_SIZE, TEXTURE_SIZE);
    const covered = new Uint8Array(tensor('texel.covered'));
    const different = faceId.reduce((count, face, i) => count + (face >= 0 === covered[i]! > 0 ? 0 : 1), 0);
    expect(different).toBeLessThanOrEqual(TEXTURE_SIZE * TEXTURE_SIZE * 0.001);

    const indices = new Int32Array(tensor('texel.sample_index'));
    const samples = new Float32Array(tensor('texel.sample_position'));
    let worst = 0;
    for (let i = 0; i < indices.length / 2; i++) {
      const texel = indices[2 * i]! * TEXTURE_SIZE + indices[2 * i + 1]!;
      const face = faceId[texel]!;
      if (face < 0) continue;
      const [wb, wc] = [barycentrics[2 * texel]!, barycentrics[2 * texel + 1]!];
      for (let k = 0; k < 3; k++) {
        const [a, b, c] = [0, 1, 2].map((corner) => normalised[3 * faces[3 * face + corner]! + k]!);
        worst = Math.max(worst, Math.abs((1 - wb - wc) * a! + wb * b! + wc * c! - samples[3 * i + k]!));
      }
    }
    // snapping to 1/1024 texel moves positions by up to that share of a texel, some 1e-5 units
    expect(worst).toBeLessThan(5e-5);
  });
});
