import { availableParallelism, freemem } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AppError, errorMessageOf } from '../../src/errors.ts';
import { INSTALL_CUDA_ADVICE } from '../../src/program-files.ts';
import type { ExecutionProvider } from './execution-provider.ts';

/** A tensor that goes into or comes out of a network; row-major. */
export type NetworkTensor =
  | { dtype: 'float32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'int64'; shape: readonly number[]; data: BigInt64Array }
  | { dtype: 'bool'; shape: readonly number[]; data: Uint8Array };

/** A loaded network. `run` blocks its thread until the network has run. */
export interface NetworkSession {
  /**
   * @param outputs names of what is to be computed, all float32
   * @throws {AppError} `runtime.failed`
   */
  run<const N extends string>(
    feeds: Readonly<Record<string, NetworkTensor>>,
    outputs: readonly N[],
  ): Promise<Record<N, Float32Array>>;
  /** Frees the memory of the network. */
  release(): Promise<void>;
}

export interface SessionOptions {
  provider: ExecutionProvider;
  /** Bytes of the weights in the dtype that the network computes in. */
  weightBytes: number;
}

/** Loads one of a model's networks. */
export type OpenNetwork = (network: { model: Uint8Array; weightBytes: number }) => Promise<NetworkSession>;

/** Weights that take less than this share of the free memory are repacked for the processor's caches, which copies them. */
const REPACK_SHARE = 0.3;

export function float32(shape: readonly number[], data: Float32Array): NetworkTensor {
  return { dtype: 'float32', shape, data };
}

/**
 * Loads a network whose weights are external data with locations relative to the root of the file system.
 * @param model bytes of an ONNX file
 * @throws {AppError} `runtime.unavailable` where the provider cannot start, `runtime.failed` where it refuses the network
 */
export async function openNetwork(
  model: Uint8Array,
  { provider, weightBytes }: SessionOptions,
): Promise<NetworkSession> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(model, {
      executionProviders: [provider === 'cuda' ? { name: 'cuda', deviceId: 0 } : provider],
      intraOpNumThreads: availableParallelism(),
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: {
        session: {
          model_external_initializers_file_folder_path: '/',
          disable_prepacking: provider === 'cpu' && weightBytes > REPACK_SHARE * freeMemory() ? '1' : '0',
          // A pool that spins between runs takes a third more of the processor for nothing.
          intra_op: { allow_spinning: '0' },
          use_device_allocator_for_initializers: '1',
        },
      },
    });
  } catch (cause) {
    throw explainOpening(cause, provider);
  }
  return {
    async run<const N extends string>(feeds: Readonly<Record<string, NetworkTensor>>, outputs: readonly N[]) {
      const inputs = Object.fromEntries(
        Object.entries(feeds).map(([name, { dtype, data, shape }]) => [name, new Tensor(dtype, data, shape)]),
      );
      try {
        const results = await session.run(inputs, outputs);
        const values = Object.entries(results).map(([name, { data }]) => [name, data]);
        return Object.fromEntries(values) as Record<N, Float32Array>;
      } catch (cause) {
        throw new AppError('runtime.failed', `a network failed on ${provider}: ${errorMessageOf(cause)}`, { cause });
      }
    },
    release: () => session.release(),
  };
}

/** Free memory of the machine or the container, in bytes. */
export function freeMemory(): number {
  return Math.min(freemem(), process.availableMemory());
}

/** Loads a network, runs it once and frees it. */
export async function runOnce<const N extends string>(
  open: OpenNetwork,
  network: Parameters<OpenNetwork>[0],
  feeds: Readonly<Record<string, NetworkTensor>>,
  outputs: readonly N[],
): Promise<Record<N, Float32Array>> {
  const session = await open(network);
  try {
    return await session.run(feeds, outputs);
  } finally {
    await session.release();
  }
}

function explainOpening(cause: unknown, provider: ExecutionProvider): AppError {
  const reason = errorMessageOf(cause);
  if (provider === 'cuda' && /Failed to load shared library|not found/i.test(reason)) {
    return new AppError(
      'runtime.unavailable',
      `CUDA cannot start: ${reason}. To mend it, ${INSTALL_CUDA_ADVICE}; "hy3d doctor" checks both`,
      {
        cause,
      },
    );
  }
  if (provider === 'webgpu' && /adapter/i.test(reason)) {
    return new AppError('runtime.unavailable', `WebGPU cannot start: ${reason}. It needs a Vulkan driver of the GPU`, {
      cause,
    });
  }
  return new AppError('runtime.failed', `a network could not be loaded on ${provider}: ${reason}`, { cause });
}
