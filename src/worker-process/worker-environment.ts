import type { Device } from '../protocol/messages.ts';

/**
 * Variables of the server that a worker also gets: finding programs and libraries, language, caches, drivers
 * and thread counts. Everything else, secrets first of all, stays with the server.
 */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'LANG',
  'LC_ALL',
  'TZ',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'HY3D_CACHE',
  'XDG_RUNTIME_DIR',
  'CUDA_PATH',
  'CUDA_HOME',
  'CUDA_CACHE_PATH',
  'CUDA_MODULE_LOADING',
  'NVIDIA_DRIVER_CAPABILITIES',
  'NVIDIA_VISIBLE_DEVICES',
  'VK_DRIVER_FILES',
  'VK_ICD_FILENAMES',
  'OMP_NUM_THREADS',
  'VIPS_CONCURRENCY',
] as const;

/**
 * The whole environment of a worker. It must be set at the spawn: native code does not see what a Bun process
 * assigns to `process.env` later.
 * @param source environment of the server
 * @param tempDir the worker's own folder for temporary files, removed with the job
 */
export function workerEnvironment(
  device: Device,
  tempDir: string,
  source: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = source[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    TMPDIR: tempDir,
    CUDA_VISIBLE_DEVICES: device.kind === 'cuda' ? String(device.index) : '',
    // Without it CUDA counts the fastest GPU first, nvidia-smi and the request count along the bus.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // ONNX Runtime's official Linux builds collect telemetry unless this is set before they initialise.
    ORT_DISABLE_TELEMETRY: '1',
  };
}
