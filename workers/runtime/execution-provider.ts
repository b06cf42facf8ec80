import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nativeRuntimeDir } from '../../src/program-files.ts';
import type { Device } from '../../src/protocol/messages.ts';

/** What runs the operators of a network. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu';

/** Parts of the CUDA provider, which the runtime's package does not contain. */
const CUDA_LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/**
 * Providers to try on a device, best first. A GPU whose CUDA libraries are missing may still run WebGPU; it never falls
 * back to the CPU, which would look like a hang.
 */
export function providersFor(device: Pick<Device, 'kind'>): readonly ExecutionProvider[] {
  return device.kind === 'cuda' ? ['cuda', 'webgpu'] : ['cpu'];
}

/** The CUDA provider's libraries that are not in a folder. */
export function missingCudaLibraries(dir: string = nativeRuntimeDir()): string[] {
  return CUDA_LIBRARIES.filter((name) => !existsSync(join(dir, name)));
}
