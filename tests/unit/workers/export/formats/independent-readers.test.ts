/** Files read by the loaders of three.js, which share no code with the writers. */
import { describe, expect, test } from 'bun:test';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { MTLLoader } from 'three/examples/jsm/loaders/MTLLoader.js';
import { OBJLoader } from 'three/examples/jsm/loaders/OBJLoader.js';
import { PLYLoader } from 'three/examples/jsm/loaders/PLYLoader.js';
import { STLLoader } from 'three/examples/jsm/loaders/STLLoader.js';
import { measureBounds } from '../../../../../workers/export/bounds.ts';
import { makeFormat } from '../../../../../workers/export/formats/make-format.ts';
import { measureTopology } from '../../../../../workers/geometry/mesh-topology.ts';
import { weldVertices } from '../../../../../workers/geometry/weld.ts';
import { SRGB_TO_LINEAR } from '../../../../../workers/texture/srgb.ts';
import {
  BOX_CENTER,
  BOX_HALF,
  createBoxModel,
  METALNESS,
  ROUGHNESS,
  sideColor,
} from '../../../../helpers/export-models.ts';

/** The box's corners by what was asked for. */
const BOUNDS = {
  'm y': { min: [-0.5, -0.5, -0.25], max: [0.5, 1.5, 0.25] },
  'mm y': { min: [-500, -500, -250], max: [500, 1500, 250] },
  // It faces -Y: what was +Z is at the lower end of y.
  'm z': { min: [-0.5, -0.25, -0.5], max: [0.5, 0.25, 1.5] },
  'mm z': { min: [-500, -250, -500], max: [500, 250, 1500] },
} as const;
const CASES = [
  ['m', 'y'],
  ['mm', 'y'],
  ['m', 'z'],
  ['mm', 'z'],
] as const;

const buffer = (bytes: Uint8Array) =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;

function expectClosedBox(positions: Float32Array, indices: Uint32Array, key: keyof typeof BOUNDS): void {
  const { min, max } = measureBounds(positions);
  expect({ min, max }).toEqual({ min: [...BOUNDS[key].min], max: [...BOUNDS[key].max] });
  const topology = measureTopology(weldVertices({ positions, indices }));
  expect(topology).toMatchObject({ watertight: true, windingConsistent: true, degenerateFaces: 0, genus: 0 });
  const scale = key.startsWith('mm') ? 1e9 : 1;
  expect(topology.volume / scale).toBeCloseTo(8 * BOX_HALF[0] * BOX_HALF[1] * BOX_HALF[2], 5);
}

const inOrder = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe('STL', () => {
  test.each(CASES)('in %s with %s up is the same closed box, its normals outward', async (unit, up) => {
    const model = await createBoxModel({ unit, up });
    const { position, normal } = new STLLoader().parse(buffer(await makeFormat('stl', model))).attributes;
    expect(position.count).toBe(model.mesh.indices.length);
    expectClosedBox(position.array, inOrder(position.count), `${unit} ${up}`);
    const scale = unit === 'mm' ? 1000 : 1;
    const center = up === 'y' ? BOX_CENTER : [BOX_CENTER[0], -BOX_CENTER[2], BOX_CENTER[1]];
    for (let i = 0; i < position.array.length; i += 3) {
      const n = normal!.array.subarray(i, i + 3);
      expect(Math.hypot(...n)).toBeCloseTo(1, 5);
      const outward = n.reduce(
        (sum, value, axis) => sum + value * (position.array[i + axis]! / scale - center[axis]!),
        0,
      );
      expect(outward).toBeGreaterThan(0.2);
    }
  });

  test('a face without area has a zero normal, not one that is not a number', async () => {
    const model = await createBoxModel();
    model.mesh.indices.set([5, 5, 6], 0);
    const { normal } = new STLLoader().parse(buffer(await makeFormat('stl', model))).attributes;
    expect([...normal!.array.subarray(0, 9)]).toEqual(Array(9).fill(0));
  });
});

describe('PLY', () => {
  test.each(CASES)('in %s with %s up is the same box with its vertices joined', async (unit, up) => {
    const model = await createBoxModel({ unit, up });
    const { attributes, index } = new PLYLoader().parse(buffer(await makeFormat('ply', model)));
    expectClosedBox(attributes.position.array, Uint32Array.from(index!.array), `${unit} ${up}`);
    // Eight corners, 12 edges with 2 and 6 sides with 4 inner vertices.
    expect(attributes.position.count).toBe(8 + 12 * 2 + 6 * 4);
    expect(attributes.normal!.count).toBe(attributes.position.count);
  });

  test('the vertices inside each side have the colour and the normal of that side', async () => {
    const { position, color, normal } = new PLYLoader().parse(
      buffer(await makeFormat('ply', await createBoxModel())),
    ).attributes;
    let checked = 0;
    for (let i = 0; i < position.array.length; i += 3) {
      const direction = [0, 1, 2].map((axis) => (position.array[i + axis]! - BOX_CENTER[axis]!) / BOX_HALF[axis]!);
      const toward = direction.map((value) => (Math.abs(value) > 0.999 ? Math.sign(value) : 0));
      if (Math.abs(toward[0]!) + Math.abs(toward[1]!) + Math.abs(toward[2]!) !== 1) continue;
      expect([...normal!.array.subarray(i, i + 3)]).toEqual(toward);
      // The loader gives linear light in bytes.
      const linear = sideColor(toward).map((value) => Math.round(255 * SRGB_TO_LINEAR[value]!));
      expect([...color!.array.subarray(i, i + 3)]).toEqual(linear);
      checked++;
    }
    expect(checked).toBe(24);
  });

  test('without textures there are no colours', async () => {
    const model = await createBoxModel();
    const { attributes } = new PLYLoader().parse(buffer(await makeFormat('ply', { ...model, textures: undefined })));
    expect(attributes.color).toBeUndefined();
  });
});

describe('OBJ', () => {
  test.each(CASES)('in %s with %s up is the same closed box', async (unit, up) => {
    const files = unzipSync(await makeFormat('obj', await createBoxModel({ unit, up })));
    const { children } = new OBJLoader().parse(textOf(files['box.obj']));
    expect(children.map(({ name, material }) => [name, material.name])).toEqual([['box', 'box']]);
    const { position, uv, normal } = children[0]!.geometry.attributes;
    expectClosedBox(position.array, inOrder(position.count), `${unit} ${up}`);
    expect([uv!.count, normal!.count]).toEqual([position.count, position.count]);
  });

  test('each corner finds its own colour in the picture, whose origin is the lower left', async () => {
    const files = unzipSync(await makeFormat('obj', await createBoxModel()));
    const { attributes } = new OBJLoader().parse(textOf(files['box.obj'])).children[0]!.geometry;
    const { data, info } = await sharp(files['base-color.png']).raw().toBuffer({ resolveWithObject: true });
    for (let i = 0; i < attributes.position.count; i++) {
      const [u, v] = [attributes.uv!.array[2 * i]!, attributes.uv!.array[2 * i + 1]!];
      const at = info.channels * (Math.floor((1 - v) * info.height) * info.width + Math.floor(u * info.width));
      expect([...data.subarray(at, at + 3)]).toEqual([
        ...sideColor([...attributes.normal!.array.subarray(3 * i, 3 * i + 3)]),
      ]);
    }
  });

  test('the material names pictures that are there; roughness and metalness are grey ones of their own', async () => {
    const files = unzipSync(await makeFormat('obj', await createBoxModel()));
    const info = new MTLLoader().parse(textOf(files['box.mtl']), '').materialsInfo.box!;
    expect(info).toMatchObject({
      map_kd: 'base-color.png',
      map_pr: 'roughness.png',
      map_pm: 'metalness.png',
      norm: 'normal.png',
      kd: [1, 1, 1],
    });
    for (const [name, value] of [
      ['roughness.png', ROUGHNESS],
      ['metalness.png', METALNESS],
    ] as const) {
      const { channels } = await sharp(files[name]).stats();
      expect(channels.map(({ min, max }) => [min, max])).toEqual([[value, value]]);
    }
  });

  test('without textures it is grey and has no texture coordinates', async () => {
    const model = await createBoxModel();
    const files = unzipSync(await makeFormat('obj', { ...model, textures: undefined }));
    expect(Object.keys(files)).toEqual(['box.obj', 'box.mtl']);
    expect(new OBJLoader().parse(textOf(files['box.obj'])).children[0]!.geometry.attributes.uv).toBeUndefined();
    expect(textOf(files['box.mtl'])).toContain('Pr 0.7\n');
  });
});

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}
