/** The checks of `hy3d doctor` that concern networks: the runtime's providers and the installed models. */
import { z } from 'zod';
import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { findInstalled } from '../../models/store/find-installed.ts';
import type { Config } from '../config.ts';
import { errorMessageOf } from '../errors.ts';
import { INSTALL_CUDA_ADVICE, PROGRAM_COMMAND } from '../program-files.ts';
import type { Check } from './check.ts';
import { type ChildResult, runChild } from './run-child.ts';

const ProbeSchema = z.object({ starts: z.boolean(), fusedAttention: z.boolean(), reason: z.string().optional() });

type Provider = 'cpu' | 'cuda' | 'webgpu';

/** Starts the runtime on the processor, and where there is a GPU the providers for it. */
export async function checkProviders(config: Config, hasGpu: boolean): Promise<Check[]> {
  const checks = [await checkProvider(config, 'cpu')];
  if (!hasGpu) return checks;
  const cuda = await checkProvider(config, 'cuda');
  checks.push(cuda);
  if (cuda.result !== 'works') checks.push(await checkProvider(config, 'webgpu'));
  return checks;
}

async function checkProvider(config: Config, provider: Provider): Promise<Check> {
  const name = `networks on ${provider}`;
  const child = await runChild([...PROGRAM_COMMAND, 'worker', '--probe', provider], config.env);
  const probe = parseProbe(child);
  if (probe?.starts) {
    const attention = probe.fusedAttention ? '' : ', with attention written out, as the fused one computes wrongly';
    return { name, result: 'works', detail: `start${attention}` };
  }
  // The runtime tells on stderr which library it missed.
  const missing = /Failed to (?:load library|get) .*/.exec(child.stderr)?.[0];
  const detail = `do not start: ${(missing ?? probe?.reason ?? 'the runtime crashed').slice(0, 300)}`;
  if (provider === 'cpu')
    return { name, result: 'fails', detail, advice: 'Run "bun install" in the program\'s folder.' };
  return {
    name,
    result: 'attention',
    detail,
    advice: `To mend it, ${provider === 'cuda' ? INSTALL_CUDA_ADVICE : 'install a Vulkan driver'}.`,
  };
}

function parseProbe({ stdout }: ChildResult): z.infer<typeof ProbeSchema> | undefined {
  try {
    return ProbeSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch {
    return undefined;
  }
}

/** Which models are there, and which are there in part. */
export function checkModels(modelsDir: string): Check {
  const name = 'network weights';
  try {
    const found = loadManifest(modelsDir).map((entry) => ({ entry, installed: findInstalled(modelsDir, entry) }));
    const whole = found.filter(({ installed }) => !('missing' in installed)).map(({ entry }) => entry.name);
    const partial = found.filter(
      ({ entry, installed }) =>
        'missing' in installed && installed.missing.length < entry.files.filter(({ optional }) => !optional).length,
    );
    const advice = partial.map(({ entry }) => `Run "hy3d models pull ${entry.name}".`).join(' ');
    const detail =
      whole.length > 0 ? `${whole.join(', ')} in ${modelsDir}` : `none in ${modelsDir}; the built-in engine needs none`;
    if (partial.length === 0) return { name, result: 'works', detail };
    const parts = partial.map(({ entry }) => entry.name).join(', ');
    return { name, result: 'attention', detail: `${detail}; only parts of ${parts}`, advice };
  } catch (error) {
    return { name, result: 'fails', detail: errorMessageOf(error), advice: 'Mend or remove manifest.json there.' };
  }
}
