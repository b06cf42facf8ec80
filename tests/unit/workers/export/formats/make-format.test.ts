import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { EXTRA_FORMATS } from '../../../../../src/protocol/formats.ts';
import { readWebGlb } from '../../../../../workers/export/build-web-glb.ts';
import { checkFile } from '../../../../../workers/export/formats/check-file.ts';
import type { FileFacts } from '../../../../../workers/export/formats/export-model.ts';
import { makeFormat } from '../../../../../workers/export/formats/make-format.ts';
import { read3mf } from '../../../../../workers/export/formats/read-3mf.ts';
import { readObj } from '../../../../../workers/export/formats/read-obj.ts';
import { readPly } from '../../../../../workers/export/formats/read-ply.ts';
import { readStl } from '../../../../../workers/export/formats/read-stl.ts';
import { readUsdz } from '../../../../../workers/export/formats/read-usdz.ts';
import { packAlignedZip, packZip, unpackZip } from '../../../../../workers/export/formats/zip.ts';
import { createBoxModel } from '../../../../helpers/export-models.ts';

const READERS = {
  'glb-web': readWebGlb,
  obj: (bytes: Uint8Array) => readObj(bytes, 'box'),
  stl: readStl,
  ply: readPly,
  '3mf': read3mf,
  usdz: (bytes: Uint8Array) => readUsdz(bytes, 'box'),
} as const;
const TEXTURES = { 'glb-web': 3, obj: 4, stl: 0, ply: 0, '3mf': 1, usdz: 3 } as const;

const invalid = (message: RegExp | string) => ({ code: 'export.invalid', message: expect.stringMatching(message) });

/** The refusal of a reader that may or may not be asynchronous. */
async function refusal(read: () => FileFacts | Promise<FileFacts>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return error;
  }
}

/** The archive with one of its texts changed. */
function edited(archive: Uint8Array, file: string, from: string | RegExp, to: string): Record<string, Uint8Array> {
  const files = { ...unpackZip(archive) };
  const text = new TextDecoder().decode(files[file]);
  expect(text).toMatch(from);
  files[file] = new TextEncoder().encode(text.replace(from, to));
  return files;
}

describe.each(EXTRA_FORMATS)('%s', (format) => {
  test('holds what went in', async () => {
    const model = await createBoxModel();
    const { faces, textures } = await READERS[format](await makeFormat(format, model));
    expect({ faces, textures }).toEqual({ faces: model.mesh.indices.length / 3, textures: TEXTURES[format] });
  });

  test('has the same bytes for the same model', async () => {
    const [first, second] = [
      await makeFormat(format, await createBoxModel()),
      await makeFormat(format, await createBoxModel()),
    ];
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test('can be made without textures and from a model of a millimetre', async () => {
    const { mesh, textures: _, ...model } = await createBoxModel({ unit: 'mm' });
    const positions = mesh.positions.map((value) => value / 2000);
    expect((await READERS[format](await makeFormat(format, { ...model, mesh: { ...mesh, positions } }))).textures).toBe(
      0,
    );
  });

  test('is refused where its end is cut off', async () => {
    const bytes = await makeFormat(format, await createBoxModel());
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        expect(await refusal(() => READERS[format](bytes.slice(0, length)))).toMatchObject({ code: 'export.invalid' });
      }),
      { numRuns: 40 },
    );
  });

  test('a model with a position that is not a number is not made', async () => {
    const model = await createBoxModel();
    model.mesh.positions[7] = Number.NaN;
    await expect(makeFormat(format, model)).rejects.toThrow();
  });
});

describe('a reader refuses', () => {
  test('faces beyond the vertices', async () => {
    const ply = await makeFormat('ply', await createBoxModel());
    new DataView(ply.buffer, ply.byteOffset).setInt32(ply.length - 4, 56, true);
    expect(await refusal(() => readPly(ply))).toMatchObject(invalid('vertex 56 of 56'));

    const obj = edited(await makeFormat('obj', await createBoxModel()), 'box.obj', /f 1\//, 'f 57/');
    expect(await refusal(() => readObj(packZip(obj), 'box'))).toMatchObject(invalid('vertex 57 of 56'));

    const tmf = await makeFormat('3mf', await createBoxModel());
    const beyond = edited(tmf, '3D/3dmodel.model', /v1="0"/, 'v1="56"');
    expect(await refusal(() => read3mf(packZip(beyond)))).toMatchObject(invalid('beyond the vertices'));
    const repeated = edited(tmf, '3D/3dmodel.model', /v1="\d+" v2="(\d+)"/, 'v1="$1" v2="$1"');
    expect(await refusal(() => read3mf(packZip(repeated)))).toMatchObject(invalid('triangle 0 repeats a vertex'));

    const usdz = edited(
      await makeFormat('usdz', await createBoxModel()),
      'box.usda',
      /faceVertexIndices = \[0/,
      'faceVertexIndices = [999',
    );
    expect(await refusal(() => readUsdz(packAlignedZip(usdz, 64), 'box'))).toMatchObject(invalid('vertex 999 of 96'));
  });

  test('textures that are missing, or are no pictures', async () => {
    for (const [format, file, pack] of [
      ['obj', 'normal.png', packZip],
      ['3mf', '3D/Textures/base-color.png', packZip],
      ['usdz', 'textures/normal.png', (files: Record<string, Uint8Array>) => packAlignedZip(files, 64)],
    ] as const) {
      const { [file]: picture, ...without } = unpackZip(await makeFormat(format, await createBoxModel()));
      expect(await refusal(() => READERS[format](pack(without)))).toMatchObject(invalid(`has no ${file}`));
      const damaged = { ...without, [file]: picture!.map(() => 0) };
      expect(await refusal(() => READERS[format](pack(damaged)))).toMatchObject(invalid('no readable header'));
    }
  });

  test('a package that AR Quick Look would not take', async () => {
    const files = unpackZip(await makeFormat('usdz', await createBoxModel()));
    expect(await refusal(() => readUsdz(packZip(files), 'box'))).toMatchObject(invalid('is compressed'));
    expect(await refusal(() => readUsdz(packAlignedZip(files, 16), 'box'))).toMatchObject(invalid('begins at byte'));
    const turned = Object.fromEntries(Object.entries(files).reverse());
    expect(await refusal(() => readUsdz(packAlignedZip(turned, 64), 'box'))).toMatchObject(
      invalid('it begins with textures'),
    );
  });
});

describe('checkFile', () => {
  const facts: FileFacts = { faces: 12, textures: 1, bounds: { min: [0, 0, 0], max: [1, 2, 1] } };

  test('lets quantised positions pass, not a shifted or scaled model', () => {
    const moved = (by: number): FileFacts => ({ ...facts, bounds: { min: [0, 0, 0], max: [1, 2 + by, 1] } });
    expect(() => checkFile('X', moved(1e-4), facts)).not.toThrow();
    expect(() => checkFile('X', moved(1e-3), facts)).toThrow(
      'the max corner of its bounds is 1, 2.001, 1, expected 1, 2, 1',
    );
    expect(() => checkFile('X', moved(Number.NaN), facts)).toThrow('max corner');
  });

  test('names what is missing', () => {
    expect(() => checkFile('X', { ...facts, faces: 11 }, facts)).toThrow('it holds 11 faces, expected 12');
    expect(() => checkFile('X', { ...facts, textures: 0 }, facts)).toThrow('it holds 0 textures, expected 1');
  });
});
