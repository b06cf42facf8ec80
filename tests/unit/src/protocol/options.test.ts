import { describe, expect, test } from 'bun:test';
import { EXTRA_FORMATS, FORMAT_SUFFIXES, MODEL_FORMATS } from '../../../../src/protocol/formats.ts';
import { ResultFilesSchema } from '../../../../src/protocol/messages.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

function problemsOf(options: unknown): string[] {
  const { error } = GenerateOptionsSchema.safeParse(options);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('options of the files', () => {
  test('are left out where they are not given', () => {
    expect(Object.keys(GenerateOptionsSchema.parse({})).sort()).toEqual([
      'enable_pbr',
      'engine',
      'should_remesh',
      'should_texture',
    ]);
  });

  test('every format can be asked for at once, the GLB too, and twice', () => {
    expect(GenerateOptionsSchema.parse({ formats: MODEL_FORMATS }).formats).toEqual([...MODEL_FORMATS]);
    expect(GenerateOptionsSchema.parse({ formats: ['stl', 'stl'] }).formats).toEqual(['stl', 'stl']);
    expect(GenerateOptionsSchema.parse({ formats: [] }).formats).toEqual([]);
  });

  test('a size is of the longest side unless it says otherwise', () => {
    const { size } = GenerateOptionsSchema.parse({ size: { value: 120, unit: 'mm' } });
    expect(size).toEqual({ value: 120, unit: 'mm', side: 'longest' });
  });

  test.each([
    [{ value: 1, unit: 'mm' }],
    [{ value: 0.001, unit: 'm' }],
    [{ value: 1000, unit: 'm' }],
    [{ value: 1_000_000, unit: 'mm', side: 'height' }],
  ])('%j is within the range', (size) => {
    expect(problemsOf({ size })).toEqual([]);
  });

  test.each([
    [{ formats: 'stl' }, 'formats: expected a list of glb, glb-web, obj, stl, ply, 3mf, usdz'],
    [{ formats: ['stl', 'fbx'] }, 'formats.1: expected one of glb, glb-web, obj, stl, ply, 3mf, usdz'],
    [{ formats: Array(8).fill('stl') }, 'formats: expected at most 7 formats'],
    [{ size: 2 }, 'size: expected an object with "value" and "unit"'],
    [{ size: { value: 2 } }, 'size.unit: expected one of m, mm'],
    [{ size: { value: '2', unit: 'm' } }, 'size.value: expected a number'],
    [{ size: { value: 2, unit: 'inch' } }, 'size.unit: expected one of m, mm'],
    [{ size: { value: 2, unit: 'm', side: 'width' } }, 'size.side: expected one of longest, height'],
    [{ size: { value: 0.5, unit: 'mm' } }, 'size.value: expected a length from 1 mm to 1000 m'],
    [{ size: { value: 1001, unit: 'm' } }, 'size.value: expected a length from 1 mm to 1000 m'],
    [{ size: { value: 0, unit: 'm' } }, 'size.value: expected a length from 1 mm to 1000 m'],
    [{ size: { value: -1, unit: 'm' } }, 'size.value: expected a length from 1 mm to 1000 m'],
    [{ size: { value: Number.POSITIVE_INFINITY, unit: 'm' } }, 'size.value: expected a number'],
    [{ ground: 1 }, 'ground: expected true or false'],
    [{ up: 'x' }, 'up: expected one of y, z'],
  ])('%j is refused once, by name', (options, problem) => {
    expect(problemsOf(options)).toEqual([problem]);
  });
});

test('each format has a file of its own with a plain name, and a place in the result', () => {
  const names = EXTRA_FORMATS.map((format) => `model${FORMAT_SUFFIXES[format]}`);
  expect(new Set([...names, 'model.glb']).size).toBe(EXTRA_FORMATS.length + 1);
  for (const name of names) expect(name).toMatch(/^model[\w.-]+$/);
  expect(Object.keys(ResultFilesSchema.shape)).toEqual(['glb', 'preview', 'sheet', 'report', ...EXTRA_FORMATS]);
});
