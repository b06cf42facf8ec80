import { AppError } from '../../src/errors.ts';
import type { EngineContext, ShapeEngine } from './engine.ts';
import { hullEngine } from './hull/hull-engine.ts';

/** Every engine of this build. A new engine is one line here. */
export const ENGINES: readonly ShapeEngine[] = [hullEngine];

export interface EngineChoice {
  engine: ShapeEngine;
  /** Why this one, as a sentence for people. */
  reason: string;
}

/**
 * The engine that a request means: the one that it names, or for `auto` the best that can run here.
 * @throws {AppError} `engine.unknown` for a name that no engine has, `engine.unavailable` where it cannot run here.
 */
export function selectEngine(
  name: string,
  context: Pick<EngineContext, 'modelsDir' | 'device'>,
  engines: readonly ShapeEngine[] = ENGINES,
): EngineChoice {
  if (name !== 'auto') {
    const engine = engines.find((candidate) => candidate.name === name);
    if (!engine) {
      const known = engines.map((candidate) => candidate.name).join(', ');
      throw new AppError('engine.unknown', `options.engine: expected auto or one of ${known}, got "${name}"`);
    }
    const { available, reason } = engine.availability(context);
    if (!available) throw new AppError('engine.unavailable', `engine "${name}" cannot run here: ${reason}`);
    return { engine, reason: 'asked for by name' };
  }
  const passedOver: string[] = [];
  for (const engine of [...engines].sort((a, b) => b.rank - a.rank)) {
    const { available, reason } = engine.availability(context);
    if (available) {
      const others = passedOver.length > 0 ? `; passed over ${passedOver.join(', ')}` : '';
      return { engine, reason: `the best engine that can run here (${reason})${others}` };
    }
    passedOver.push(`${engine.name} (${reason})`);
  }
  throw new AppError('engine.unavailable', `no engine can run here: ${passedOver.join('; ')}`);
}
