/** What the packages of 3MF and USDZ and the web GLB hold, beyond what the loaders tell. */
import { describe, expect, test } from 'bun:test';
import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { dequantize } from '@gltf-transform/functions';
import { unzipSync } from 'fflate';
import { MeshoptDecoder } from 'meshoptimizer';
import { makeFormat } from '../../../../../workers/export/formats/make-format.ts';
import { packAlignedZip } from '../../../../../workers/export/formats/zip.ts';
import { createBoxModel } from '../../../../helpers/export-models.ts';
import { createUvSphere } from '../../../../helpers/texture-shapes.ts';
import { validateGlb } from '../../../../helpers/validate-glb.ts';

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe('3MF', () => {
  test('names each part that it has, textures by a relation of the model', async () => {
    const files = unzipSync(await makeFormat('3mf', await createBoxModel({ format: 'jpeg' })));
    const texture = '3D/Textures/base-color.jpg';
    const parts = ['[Content_Types].xml', '_rels/.rels', '3D/3dmodel.model', '3D/_rels/3dmodel.model.rels', texture];
    expect(Object.keys(files)).toEqual(parts);
    expect(text(files['_rels/.rels'])).toContain('Target="/3D/3dmodel.model"');
    expect(text(files['3D/_rels/3dmodel.model.rels'])).toContain(`Target="/${texture}"`);
    expect(text(files['3D/3dmodel.model'])).toContain(`path="/${texture}" contenttype="image/jpeg"`);
    for (const part of parts.slice(1)) {
      expect(text(files['[Content_Types].xml'])).toContain(`Extension="${part.slice(part.lastIndexOf('.') + 1)}"`);
    }
  });

  test('is in millimetres with +Z up, whatever the unit and axis of other formats', async () => {
    const model = text(
      unzipSync(await makeFormat('3mf', await createBoxModel({ unit: 'm', up: 'y' })))['3D/3dmodel.model'],
    );
    expect(model).toContain('unit="millimeter"');
    const heights = [...model.matchAll(/<vertex [^>]*z="([^"]+)"/g)].map(([, z]) => Number(z));
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([-500, 1500]);
  });

  test('without textures it is one plain colour', async () => {
    const files = unzipSync(await makeFormat('3mf', { ...(await createBoxModel()), textures: undefined }));
    expect(Object.keys(files)).toEqual(['[Content_Types].xml', '_rels/.rels', '3D/3dmodel.model']);
    expect(text(files['3D/3dmodel.model'])).toContain('displaycolor="#CBCBCB"');
  });
});

describe('USDZ', () => {
  test('files are stored, begin at multiples of 64 bytes, and the scene is first', async () => {
    const archive = Buffer.from(await makeFormat('usdz', await createBoxModel()));
    const names = Object.keys(unzipSync(archive));
    expect(names).toEqual([
      'box.usda',
      'textures/base-color.png',
      'textures/metallic-roughness.png',
      'textures/normal.png',
    ]);
    for (const [name, bytes] of Object.entries(unzipSync(archive))) {
      const at = archive.indexOf(bytes);
      expect([name, at % 64]).toEqual([name, 0]);
    }
  });

  test('any names and sizes of files are aligned', () => {
    for (const length of [0, 1, 29, 30, 31, 63, 64, 65, 200]) {
      const name = 'n'.repeat((length % 70) + 1);
      const archive = Buffer.from(
        packAlignedZip({ [name]: new Uint8Array(length).fill(7), last: new Uint8Array([1, 2, 3, 250]) }, 64),
      );
      expect(archive.indexOf(Buffer.from([1, 2, 3, 250])) % 64).toBe(0);
      expect(unzipSync(archive)[name]).toEqual(new Uint8Array(length).fill(7));
    }
  });

  test('the scene is in metres with +Y up, and every shader that is connected is there', async () => {
    const scene = text(unzipSync(await makeFormat('usdz', await createBoxModel({ unit: 'mm', up: 'z' })))['box.usda']);
    expect(scene).toStartWith('#usda 1.0\n');
    expect(scene).toContain('metersPerUnit = 1\n');
    expect(scene).toContain('upAxis = "Y"\n');
    expect(scene).toContain('float3[] extent = [(-0.5, -0.5, -0.25), (0.5, 1.5, 0.25)]\n');
    const connections = [...scene.matchAll(/<\/box\/material\/(\w+)\.outputs:(\w+)>/g)];
    expect(connections).toHaveLength(8);
    for (const [, shader, output] of connections) {
      const body = scene.slice(scene.indexOf(`def Shader "${shader}"`));
      expect(body.slice(0, body.indexOf('}'))).toMatch(new RegExp(`outputs:${output}\\n`));
    }
  });

  test('without textures the material has factors and the mesh no coordinates', async () => {
    const files = unzipSync(await makeFormat('usdz', { ...(await createBoxModel()), textures: undefined }));
    expect(Object.keys(files)).toEqual(['box.usda']);
    expect(text(files['box.usda'])).toContain('inputs:diffuseColor = (0.6, 0.6, 0.6)\n');
    expect(text(files['box.usda'])).not.toContain('primvars:st');
  });
});

describe('the web GLB', () => {
  const io = new NodeIO()
    .registerExtensions(ALL_EXTENSIONS)
    .registerDependencies({ 'meshopt.decoder': MeshoptDecoder });

  test('is clean to the validator, compressed and smaller', async () => {
    const sphere = { ...(await createBoxModel()), mesh: createUvSphere(1, 100, 60) };
    const glb = await makeFormat('glb-web', sphere);
    expect(await validateGlb(glb)).toEqual({ errors: 0, warnings: 0, messages: [] });
    const root = (await io.readBinary(glb)).getRoot();
    const names = root.listExtensionsUsed().map(({ extensionName }) => extensionName);
    expect(names.sort()).toEqual(['EXT_meshopt_compression', 'EXT_texture_webp', 'KHR_mesh_quantization']);
    expect(root.listTextures().map((texture) => texture.getMimeType())).toEqual(Array(3).fill('image/webp'));
    expect(glb.length).toBeLessThan((4 * (8 + 3) * sphere.mesh.positions.length) / 3 / 3);
  });

  test('every triangle stays where it was, with its coordinates, to 14 bits', async () => {
    const model = { ...(await createBoxModel()), mesh: createUvSphere(1, 24, 12) };
    const document = await io.readBinary(await makeFormat('glb-web', model));
    await document.transform(dequantize());
    const node = document.getRoot().listNodes()[0]!;
    const [scale, shift] = [node.getScale(), node.getTranslation()];
    const primitive = node.getMesh()!.listPrimitives()[0]!;
    const [position, uv] = [primitive.getAttribute('POSITION')!, primitive.getAttribute('TEXCOORD_0')!];
    const found = Array.from(primitive.getIndices()!.getArray()!, (v) => [
      ...position.getElement(v, []).map((value, axis) => value * scale[axis]! + shift[axis]!),
      ...uv.getElement(v, []),
    ]);
    expect(found).toHaveLength(model.mesh.indices.length);
    // Faces are reordered; each is looked for by its corners, which may be turned.
    const { positions, uvs, indices } = model.mesh;
    const given = Array.from(indices, (v) => [
      ...positions.subarray(3 * v, 3 * v + 3),
      ...uvs.subarray(2 * v, 2 * v + 2),
    ]);
    const unmatched = new Set(trianglesOf(given));
    for (const triangle of trianglesOf(found)) {
      const match = [...unmatched].find((other) => [0, 1, 2].some((turn) => isClose(triangle, rotate(other, turn))));
      expect(match).toBeDefined();
      unmatched.delete(match!);
    }
  });
});

function trianglesOf(corners: number[][]): number[][][] {
  return Array.from({ length: corners.length / 3 }, (_, i) => corners.slice(3 * i, 3 * i + 3));
}

function rotate<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}

/** Two steps of 14 bits across the sphere. */
function isClose(a: number[][], b: number[][]): boolean {
  return a.every((corner, k) => corner.every((value, i) => Math.abs(value - b[k]![i]!) < 2.5e-4));
}
