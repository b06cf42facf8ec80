import { expect, test } from 'bun:test';
import { NodeIO } from '@gltf-transform/core';
import { EXTTextureWebP } from '@gltf-transform/extensions';
import { validateBytes } from 'gltf-validator';
import { measureBounds } from '../../../../workers/export/bounds.ts';
import { buildGlb, type GlbContents } from '../../../../workers/export/build-glb.ts';
import { verifyGlb } from '../../../../workers/export/verify-glb.ts';
import { extractSurface } from '../../../../workers/geometry/extract-surface.ts';
import { unwrapMesh } from '../../../../workers/geometry/unwrap-mesh.ts';
import { computeVertexNormals } from '../../../../workers/geometry/vertex-normals.ts';
import { encodeJpeg, encodePng, encodeWebp } from '../../../../workers/imaging/encode-image.ts';
import { sampleField, torus } from '../../../helpers/shapes.ts';
import { createUvSphere } from '../../../helpers/texture-shapes.ts';
import { validateGlb } from '../../../helpers/validate-glb.ts';

const CLEAN = { errors: 0, warnings: 0, messages: [] };
const ENCODERS = { png: encodePng, jpeg: encodeJpeg, webp: encodeWebp };
const io = new NodeIO().registerExtensions([EXTTextureWebP]);

async function texture(format: keyof typeof ENCODERS, value: number) {
  return { bytes: await ENCODERS[format](new Uint8Array(3 * 16).fill(value), 4, 4, 3), format };
}

async function contents(
  format: keyof typeof ENCODERS,
  maps: readonly ('metallicRoughness' | 'normal')[] = [],
): Promise<GlbContents> {
  const extra = Object.fromEntries(await Promise.all(maps.map(async (name) => [name, await texture(format, 128)])));
  return {
    name: 'ball',
    mesh: createUvSphere(1, 16, 8),
    textures: { baseColor: await texture(format, 200), ...extra },
    provenance: { engine: 'hull', options: { seed: 7 } },
  };
}

function expectationOf({ mesh }: GlbContents) {
  const [faces, vertices] = [mesh.indices.length / 3, mesh.positions.length / 3];
  return { faces, vertices, bounds: measureBounds(mesh.positions), textures: 2 };
}

test.each([
  ['png', []],
  ['jpeg', ['metallicRoughness']],
  ['webp', ['normal']],
  ['png', ['metallicRoughness', 'normal']],
] as const)('a model with %s textures and %p is clean to the validator', async (format, maps) => {
  expect(await validateGlb(await buildGlb(await contents(format, maps)))).toEqual(CLEAN);
});

test('a model without textures is clean, neutral and carries no uvs', async () => {
  const { textures: _, ...plain } = await contents('png');
  const glb = await buildGlb(plain);
  expect(await validateGlb(glb)).toEqual(CLEAN);
  const root = (await io.readBinary(glb)).getRoot();
  expect(root.listTextures()).toHaveLength(0);
  expect(root.listMeshes()[0]!.listPrimitives()[0]!.listSemantics()).toEqual(['POSITION', 'NORMAL']);
  expect(root.listMaterials()[0]!.getMetallicFactor()).toBe(0);
});

test('geometry, names and provenance read back as they went in', async () => {
  const given = await contents('png', ['metallicRoughness', 'normal']);
  const root = (await io.readBinary(await buildGlb(given))).getRoot();
  const primitive = root.listMeshes()[0]!.listPrimitives()[0]!;
  expect([...primitive.getAttribute('POSITION')!.getArray()!]).toEqual([...given.mesh.positions]);
  expect([...primitive.getIndices()!.getArray()!]).toEqual([...given.mesh.indices]);
  expect(primitive.getIndices()!.getArray()).toBeInstanceOf(Uint16Array);
  expect([root.listNodes(), root.listMeshes(), root.listMaterials()].map(([item]) => item!.getName())).toEqual([
    'ball',
    'ball',
    'ball',
  ]);
  expect(root.getExtras()).toEqual(given.provenance);
  expect(root.listMaterials()[0]!.getNormalTexture()?.getName()).toBe('normal');
});

test('the same contents give the same bytes', async () => {
  const [first, second] = [
    await buildGlb(await contents('png', ['normal'])),
    await buildGlb(await contents('png', ['normal'])),
  ];
  expect(Buffer.compare(first, second)).toBe(0);
});

test('a mesh with more vertices than 16 bits number gets 32-bit indices', async () => {
  const mesh = createUvSphere(1, 400, 200);
  const glb = await buildGlb({ ...(await contents('png')), mesh });
  const indices = (await io.readBinary(glb)).getRoot().listMeshes()[0]!.listPrimitives()[0]!.getIndices()!;
  expect(indices.getArray()).toBeInstanceOf(Uint32Array);
  expect(await validateGlb(glb)).toEqual(CLEAN);
});

test('verification passes what was written and refuses other counts or broken bytes', async () => {
  const given = await contents('png', ['normal']);
  const glb = await buildGlb(given);
  const expected = expectationOf(given);
  await verifyGlb(glb, expected);
  await expect(verifyGlb(glb, { ...expected, faces: 1 })).rejects.toMatchObject({ code: 'export.invalid' });
  await expect(verifyGlb(glb, { ...expected, textures: 0 })).rejects.toMatchObject({ code: 'export.invalid' });
  await expect(verifyGlb(glb.slice(0, glb.length / 2), expected)).rejects.toMatchObject({ code: 'export.invalid' });
});

test('verification refuses a model of another size', async () => {
  const given = await contents('png', ['normal']);
  const expected = expectationOf(given);
  given.mesh.positions.forEach((value, i, positions) => {
    positions[i] = 2 * value;
  });
  const verdict = verifyGlb(await buildGlb(given), expected);
  await expect(verdict).rejects.toMatchObject({ code: 'export.invalid', message: expect.stringContaining('spans') });
});

test('verification refuses faces beyond the vertices, positions that are not finite and pictures without a header', async () => {
  const expectRefusal = async (change: (given: GlbContents) => void, message: RegExp) => {
    const given = await contents('png', ['normal']);
    change(given);
    const expected = expectationOf(given);
    const verdict = verifyGlb(await buildGlb(given), expected);
    await expect(verdict).rejects.toMatchObject({ code: 'export.invalid', message: expect.stringMatching(message) });
  };
  await expectRefusal(({ mesh }) => mesh.indices.set([9999], 4), /faces beyond its \d+ vertices/);
  await expectRefusal(({ mesh }) => mesh.positions.set([Number.NaN], 7), /not finite/);
  await expectRefusal(({ textures }) => textures?.normal?.bytes.fill(0), /"normal" .* no readable header/);
});

test('textures on a mesh without uvs are refused', async () => {
  const { mesh, ...rest } = await contents('png');
  const { uvs: _, ...bare } = mesh;
  await expect(buildGlb({ ...rest, mesh: bare })).rejects.toMatchObject({ code: 'export.invalid' });
});

test('a factor of 1 leaves the maps as they are, and charts do not wrap around', async () => {
  const given = await contents('png', ['metallicRoughness', 'normal']);
  const material = (await io.readBinary(await buildGlb(given))).getRoot().listMaterials()[0]!;
  expect([material.getMetallicFactor(), material.getRoughnessFactor(), material.getNormalScale()]).toEqual([1, 1, 1]);
  for (const info of [
    material.getBaseColorTextureInfo(),
    material.getMetallicRoughnessTextureInfo(),
    material.getNormalTextureInfo(),
  ]) {
    const modes = [info?.getMagFilter(), info?.getMinFilter(), info?.getWrapS(), info?.getWrapT()];
    expect(modes).toEqual([9729, 9987, 33_071, 33_071]);
  }
});

test('tangents are written with a normal map only', async () => {
  for (const [maps, hasTangents] of [
    [['metallicRoughness'], false],
    [['normal'], true],
  ] as const) {
    const root = (await io.readBinary(await buildGlb(await contents('png', maps)))).getRoot();
    const semantics = root.listMeshes()[0]!.listPrimitives()[0]!.listSemantics();
    expect(semantics.includes('TANGENT')).toBe(hasTangents);
  }
});

test('an unwrapped mesh stays clean to the validator, with nothing to note either', async () => {
  const surface = extractSurface(sampleField(torus(0.7, 0.25), 24));
  const { mesh } = await unwrapMesh({ ...surface, normals: computeVertexNormals(surface) }, { textureSize: 256 });
  const given = await contents('webp', ['metallicRoughness', 'normal']);
  const { issues } = await validateBytes(await buildGlb({ ...given, mesh: { ...mesh, normals: mesh.normals! } }));
  expect(issues.messages).toEqual([]);
});
