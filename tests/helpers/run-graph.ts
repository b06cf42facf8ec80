import { dlopen, FFIType } from 'bun:ffi';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface TensorData {
  dims: readonly number[];
  data: Float32Array;
}

/** What a graph is fed: like `TensorData`, with the other element types that graphs take as inputs. */
export type Feed =
  | { dtype: 'float32'; dims: readonly number[]; data: Float32Array }
  | { dtype: 'int64'; dims: readonly number[]; data: BigInt64Array }
  | { dtype: 'bool'; dims: readonly number[]; data: Uint8Array };

const sessions = new WeakMap<Uint8Array, Promise<InferenceSession>>();

/**
 * Runs a model on the CPU, on one thread, and returns its outputs by name, as float32.
 * The session is kept for as long as the bytes of the model, so running the same bytes again is cheap.
 * @param outputs names to compute; by default all
 */
export async function runGraph(
  model: Uint8Array,
  feeds: Readonly<Record<string, Feed>>,
  outputs?: readonly string[],
): Promise<Record<string, TensorData>> {
  const opening = sessions.get(model) ?? openSession(model);
  sessions.set(model, opening);
  const session = await opening;
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { dtype, dims, data }]) => [name, new Tensor(dtype, data, dims)]),
  );
  const results = await session.run(inputs, outputs ?? session.outputNames);
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [
      name,
      { dims, data: Float32Array.from(data as Float32Array | BigInt64Array, Number) },
    ]),
  );
}

async function openSession(model: Uint8Array): Promise<InferenceSession> {
  disableTelemetry();
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { model_external_initializers_file_folder_path: '/', disable_prepacking: '1' } },
  });
}

/** The runtime asks the C library for its environment, which does not see what is assigned to `process.env`. */
export function disableTelemetry(): void {
  if (process.platform === 'win32') return;
  const library = process.platform === 'darwin' ? 'libSystem.B.dylib' : 'libc.so.6';
  const { symbols } = dlopen(library, {
    setenv: { args: [FFIType.ptr, FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
  });
  symbols.setenv(Buffer.from('ORT_DISABLE_TELEMETRY\0'), Buffer.from('1\0'), 1);
}
