/** `hy3d bench hunyuan`: times a shape model of published dimensions, with real or with random weights. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { benchFirstStep } from './first-step.ts';

const PROJECT_DIR = resolve(import.meta.dir, '../..');

interface HunyuanFlags {
  variant: string;
  models?: string;
  format?: string;
  device: string;
  views: string;
  random?: boolean;
  firstStep?: boolean;
}

export function register(bench: Command): void {
  bench
    .command('hunyuan')
    .description('time the networks of a Hunyuan3D shape model: preparing, loading, and a run of each')
    .option(
      '--variant <name>',
      '2.1, 2, 2-fast, 2-turbo, 2mini, 2mini-fast, 2mini-turbo, 2mv, 2mv-fast or 2mv-turbo',
      '2mini-turbo',
    )
    .option('--models <dir>', 'folder of weights (default: models/weights; with --random models/weights/random)')
    .option('--random', 'use random weights, which are written where they are not there; up to 7.4 GB')
    .option('--format <format>', 'as of "hy3d models build" (default: fp32 on a CPU, fp16 on a GPU)')
    .option('--device <kind>', 'cpu or cuda', 'cpu')
    .option('--views <n>', 'pictures, for the multi-view models', '1')
    .option('--first-step', 'instead: seconds from POST to the first denoising step, on fresh and on waiting workers')
    .action(async ({ variant, models, format, device, views, random, firstStep }: HunyuanFlags) => {
      // Apart from real weights: random ones would be taken for them.
      const folder = models ?? join(PROJECT_DIR, 'models/weights', random ? 'random' : '');
      const args = ['--variant', variant, '--models', resolve(folder), '--device', device, '--views', views];
      if (format) args.push('--format', format);
      if (random) args.push('--random');
      if (firstStep) args.push('--prepare-only');
      const run = Bun.spawn([process.execPath, join(PROJECT_DIR, 'workers/bench/bench-hunyuan.ts'), ...args], {
        // The runtime reads its environment when the process starts.
        env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
        stdout: 'inherit',
        stderr: 'inherit',
      });
      process.exitCode = await run.exited;
      if (!firstStep || process.exitCode !== 0) return;
      await benchFirstStep({ engine: `hunyuan3d-${variant}`, modelsDir: resolve(folder), device });
    });
}
