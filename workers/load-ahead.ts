import { errorMessageOf } from '../src/errors.ts';
import type { PrepareRequest, WorkerEvent } from '../src/protocol/messages.ts';
import { selectEngine } from './engines/registry.ts';

/**
 * Loads the networks of the engine that a job with one picture would get, where there are some. What goes wrong is told
 * to the log alone: the job for which it matters will fail with the same reason.
 */
export async function loadAhead(
  { engine: name, modelsDir, device }: NonNullable<PrepareRequest['networks']>,
  signal: AbortSignal,
  emit: (event: WorkerEvent) => void,
): Promise<void> {
  const log = (message: string): void => emit({ type: 'log', level: 'info', message });
  try {
    const { engine } = selectEngine(name, ['front'], { modelsDir, device });
    await engine.load?.({ modelsDir, device, signal, log });
  } catch (error) {
    emit({ type: 'log', level: 'warn', message: `nothing was loaded ahead: ${errorMessageOf(error)}` });
  }
}
