import { describe, expect, test } from 'bun:test';
import { Command } from 'commander';
import { addGenerateFlags, readGenerateOptions } from '../../../../src/cli/generate-flags.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';

function read(...flags: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addGenerateFlags(command);
  command.parse(flags, { from: 'user' });
  return readGenerateOptions(command.opts());
}

describe('the flags of generate', () => {
  test('without any, the options are those of an empty request', () => {
    expect(read()).toEqual(GenerateOptionsSchema.parse({}));
  });

  test('there is one for every option that matters to a single model', () => {
    const options = read(
      ...['--no-pbr', '--no-remesh', '--no-texture', '--no-remove-background', '--engine', 'hull', '--seed', '7'],
      ...['--face-count', '5000', '--texture-size', '2048', '--octree-resolution', '256', '--texture-format', 'webp'],
      ...['--num-inference-steps', '30', '--guidance-scale', '7.5'],
      ...['--formats', 'stl, 3mf', '--height', '120mm', '--ground', '--up', 'z'],
    );
    expect(options).toEqual({
      enable_pbr: false,
      should_remesh: false,
      should_texture: false,
      remove_background: false,
      engine: 'hull',
      seed: 7,
      face_count: 5000,
      texture_size: 2048,
      octree_resolution: 256,
      texture_format: 'webp',
      num_inference_steps: 30,
      guidance_scale: 7.5,
      formats: ['stl', '3mf'],
      size: { value: 120, unit: 'mm', side: 'height' },
      ground: true,
      up: 'z',
    });
    // The command line keeps no jobs that could answer.
    const { cache: _cache, ...shape } = GenerateOptionsSchema.shape;
    expect(Object.keys(options).sort()).toEqual(Object.keys(shape).sort());
  });

  test('every value out of range is named by its flag', () => {
    expect(() => read('--face-count', '5', '--seed', 'x', '--texture-size', '')).toThrow(
      '--seed: expected a whole number from 0 to 4294967295\n' +
        '--face-count: expected a whole number from 100 to 500000\n' +
        '--texture-size: expected a whole number from 256 to 4096',
    );
  });

  test('a size is a number with its unit, of the longest side', () => {
    expect(read('--size', '1.5 m').size).toEqual({ value: 1.5, unit: 'm', side: 'longest' });
    for (const text of ['12', '1e3mm', 'mm', '-1m', '1.2.3m x']) {
      expect(() => read(`--size=${text}`)).toThrow('--size: expected a length such as 120mm or 1.5m');
    }
    expect(() => read('--height', '0.1mm')).toThrow('--size: expected a length from 1 mm to 1000 m');
    expect(() => read('--size', '1.2.3m')).toThrow('--size: expected a number');
    expect(() => read('--size', '1m', '--height', '1m')).toThrow('cannot be used with');
  });

  test('an unknown format is refused with those that there are', () => {
    expect(() => read('--formats', 'stl,fbx')).toThrow('--formats: expected one of glb, glb-web, obj');
  });

  test('an unknown texture format is refused', () => {
    expect(() => read('--texture-format', 'bmp')).toThrow('Allowed choices are png, jpeg, webp');
  });
});
