import { type Command, Option } from 'commander';
import { EXTRA_FORMATS } from '../protocol/formats.ts';
import {
  type GenerateOptions,
  GenerateOptionsSchema,
  OPTION_RANGES,
  TEXTURE_FORMATS,
  UP_AXES,
} from '../protocol/options.ts';
import { UsageError } from './usage-error.ts';

/** A number and a unit, as in `120mm` or `1.5 m`. */
const LENGTH = /^\s*([\d.]+)\s*(mm|m)\s*$/;

type NumberOption = keyof typeof OPTION_RANGES;

const NUMBER_FLAGS: ReadonlyArray<readonly [NumberOption, string]> = [
  ['seed', 'seed of everything random'],
  ['face_count', 'target number of triangles'],
  ['texture_size', 'side of the textures in pixels, a power of two'],
  ['octree_resolution', 'cells along each axis of the volume'],
  ['num_inference_steps', 'steps of the network, where the engine has one'],
  ['guidance_scale', 'how closely the network follows the picture'],
];

/** Adds a flag for every option of `POST /api/generate`. */
export function addGenerateFlags(command: Command): void {
  command
    .option('--engine <name>', 'auto, or the name of an engine', 'auto')
    .option('--no-pbr', 'base colour only: no metallic-roughness map and no normal map')
    .option('--no-remesh', 'keep the extracted surface, cleaned only')
    .option('--no-texture', 'geometry and normals only')
    .option('--no-remove-background', 'trust the alpha channel, or take the whole frame as the object');
  for (const [name, description] of NUMBER_FLAGS) {
    const { min, max } = OPTION_RANGES[name];
    command.option(`${flagOf(name)} <number>`, `${description}, ${min} to ${max}`);
  }
  command.addOption(
    new Option('--texture-format <format>', 'format of the textures in the GLB').choices([...TEXTURE_FORMATS]),
  );
  command
    .option('--formats <list>', `files to make beside the GLB, of ${EXTRA_FORMATS.join(', ')}`)
    .addOption(new Option('--size <length>', 'length of the longest side, as 120mm or 1.5m').conflicts('height'))
    .option('--height <length>', 'height of the model, instead of its longest side')
    .option('--ground', 'put the lowest point at height 0')
    .addOption(new Option('--up <axis>', 'axis that points up in OBJ, STL and PLY').choices([...UP_AXES]));
}

/**
 * The options of a job.
 * @param flags what commander read
 * @throws {UsageError} with every flag that is out of range
 */
export function readGenerateOptions(flags: Readonly<Record<string, unknown>>): GenerateOptions {
  const input: Record<string, unknown> = {
    engine: flags.engine,
    enable_pbr: flags.pbr,
    should_remesh: flags.remesh,
    should_texture: flags.texture,
    texture_format: flags.textureFormat,
    size: readSize(flags),
    ground: flags.ground,
    up: flags.up,
  };
  if (typeof flags.formats === 'string') input.formats = flags.formats.split(',').map((name) => name.trim());
  if (flags.removeBackground === false) input.remove_background = false;
  for (const [name] of NUMBER_FLAGS) {
    const text = flags[attributeOf(name)];
    if (typeof text === 'string') input[name] = text.trim() === '' ? text : Number(text);
  }
  const parsed = GenerateOptionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${flagOf(String(issue.path[0]))}: ${issue.message}`);
  throw new UsageError(problems.join('\n'));
}

function readSize(flags: Readonly<Record<string, unknown>>): unknown {
  const side = typeof flags.height === 'string' ? 'height' : 'longest';
  const text = side === 'height' ? flags.height : flags.size;
  if (typeof text !== 'string') return undefined;
  const [, value, unit] = LENGTH.exec(text) ?? [];
  if (unit === undefined) {
    throw new UsageError(
      `--${side === 'height' ? side : 'size'}: expected a length such as 120mm or 1.5m, got ${text}`,
    );
  }
  return { value: Number(value), unit, side };
}

function flagOf(option: string): string {
  return `--${option.replaceAll('_', '-')}`;
}

function attributeOf(option: string): string {
  return option.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
