import { expect, test } from 'bun:test';
import { pathsOfFormats } from '../../../../src/cli/run-generate.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

test('further files stand beside the GLB under its name', () => {
  const options = GenerateOptionsSchema.parse({ formats: ['usdz', 'obj', 'glb', 'glb-web', 'obj'] });
  const paths = { 'glb-web': 'out/chair-web.glb', obj: 'out/chair-obj.zip', usdz: 'out/chair.usdz' };
  expect(pathsOfFormats(options, 'out/chair.glb')).toEqual(paths);
  expect(pathsOfFormats(options, 'out/chair.GLB')).toEqual(paths);
  expect(pathsOfFormats(options, 'out/chair')).toEqual(paths);
});

test('without formats there are none', () => {
  expect(pathsOfFormats(GenerateOptionsSchema.parse({}), 'chair.glb')).toEqual({});
});
