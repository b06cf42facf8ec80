import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Device } from '../../src/protocol/messages.ts';

/** What runs the operators of a network. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu';

/** Parts of the CUDA provider, which the runtime's package does not contain. */
const CUDA_LIBRARIES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** How to get the parts that the CUDA provider needs. */
export const INSTALL_CUDA_ADVICE =
  'run "node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12" once, and install the CUDA and cuDNN 9 libraries; "hy3d doctor" checks both';

/**
 * Providers to try on a device, best first. A GPU whose CUDA libraries are missing may still run WebGPU; it never falls
 * back to the CPU, which would look like a hang.
 */
export function providersFor(device: Pick<Device, 'kind'>): readonly ExecutionProvider[] {
  return device.kind === 'cuda' ? ['cuda', 'webgpu'] : ['cpu'];
}

/** The folder of the runtime's native library, where it looks for providers. */
export function nativeRuntimeDir(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** The CUDA provider's libraries that are not in a folder. */
export function missingCudaLibraries(dir: string = nativeRuntimeDir()): string[] {
  return CUDA_LIBRARIES.filter((name) => !existsSync(join(dir, name)));
}
