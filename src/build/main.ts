/** `bun run build`: makes `dist/hy3d`. */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { buildExecutable } from './build-executable.ts';
import { BUILD_TARGETS, type BuildTarget, hostTarget } from './build-target.ts';

const program = new Command('bun run build')
  .description('make one executable of the program, its packages, its web page and its native libraries')
  .addOption(new Option('--target <platform>', 'platform that it is for').choices(BUILD_TARGETS).default(hostTarget()))
  .option('--outfile <path>', 'default: dist/hy3d, for another platform dist/hy3d-<platform>')
  .parse();
const { target, outfile } = program.opts<{ target?: BuildTarget; outfile?: string }>();
if (target === undefined) throw new Error('There are no native libraries for this platform; choose one with --target.');

const path = resolve(outfile ?? (target === hostTarget() ? 'dist/hy3d' : `dist/hy3d-${target}`));
await mkdir(dirname(path), { recursive: true });
const startedAt = performance.now();
await buildExecutable(target, path);
const megabytes = ((await stat(path)).size / 1e6).toFixed(0);
console.log(`${path}  ${megabytes} MB, made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
