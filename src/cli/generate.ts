import type { Command } from 'commander';
import type { SettingName } from '../config.ts';
import { VIEW_NAMES, type ViewName } from '../protocol/views.ts';
import { addConfigFlags } from './config-flags.ts';
import { addGenerateFlags } from './generate-flags.ts';

/** Settings that matter without a server. */
export const LOCAL_SETTINGS: readonly SettingName[] = [
  'modelsDir',
  'gpus',
  'jobTimeoutMs',
  'heartbeatTimeoutMs',
  'maxPixels',
  'logLevel',
];

/** `hy3d generate <front>`: one model from one to four pictures, without a server. */
export function registerGenerate(program: Command): void {
  const command = program
    .command('generate')
    .description('make a GLB from one to four pictures of an object')
    .argument('<front>', 'picture of the front: PNG, JPEG, WebP, AVIF, TIFF or GIF')
    .option('--back <picture>', 'picture of the back')
    .option('--left <picture>', "picture of the object's own left side")
    .option('--right <picture>', "picture of the object's own right side")
    .requiredOption('-o, --output <file>', 'the GLB to write')
    .option('--preview <file>', 'also write a preview as PNG')
    .option('--sheet <file>', 'also write a sheet of six views as PNG')
    .option('--report <file>', 'also write the report as JSON')
    .option('-q, --quiet', 'print errors only');
  addGenerateFlags(command);
  addConfigFlags(command, LOCAL_SETTINGS);
  command.addHelpText(
    'after',
    `
Examples:
  $ hy3d generate chair.png -o chair.glb
  $ hy3d generate front.jpg --back back.jpg --left left.jpg -o figure.glb --texture-size 2048
  $ hy3d generate bust.webp -o bust.glb --no-texture --face-count 5000 --report bust.json
  $ hy3d generate vase.png -o vase.glb --formats stl,3mf --height 120mm --ground --up z`,
  );
  command.action(async (front: string, flags: Record<string, unknown>) => {
    const { runGenerate } = await import('./run-generate.ts');
    const pictures: { front: string } & Partial<Record<ViewName, string>> = { front };
    for (const name of VIEW_NAMES) if (typeof flags[name] === 'string') pictures[name] = flags[name];
    process.exitCode = await runGenerate(pictures, flags);
  });
}
