import { loadManifest } from '../../models/manifest/load-manifest.ts';
import { AppError } from '../../src/errors.ts';
import type { ViewName } from '../../src/protocol/views.ts';
import type { EngineContext, ShapeEngine } from './engine.ts';
import { hullEngine } from './hull/hull-engine.ts';
import { createHunyuanEngine } from './hunyuan/hunyuan-engine.ts';

export interface EngineChoice {
  engine: ShapeEngine;
  /** Why this one, as a sentence for people. */
  reason: string;
}

/** The built-in engine, and one for every model that is published or that the models folder's own manifest adds. */
export function listEngines(modelsDir: string): ShapeEngine[] {
  return [hullEngine, ...loadManifest(modelsDir).map(createHunyuanEngine)];
}

/**
 * The engine that a request means: the one that it names, or for `auto` the best that can run here on these views.
 * @throws {AppError} `engine.unknown` for a name that no engine has, `engine.unavailable` where it cannot run here.
 */
export function selectEngine(
  name: string,
  views: readonly ViewName[],
  context: Pick<EngineContext, 'modelsDir' | 'device'>,
  engines: readonly ShapeEngine[] = listEngines(context.modelsDir),
): EngineChoice {
  return name === 'auto' ? selectBest(views, context, engines) : selectByName(name, context, engines);
}

function selectByName(
  name: string,
  context: Pick<EngineContext, 'modelsDir' | 'device'>,
  engines: readonly ShapeEngine[],
): EngineChoice {
  const engine = engines.find((candidate) => candidate.name === name);
  if (!engine) {
    const known = engines.map((candidate) => candidate.name).join(', ');
    throw new AppError('engine.unknown', `options.engine: expected auto or one of ${known}, got "${name}"`);
  }
  const { state, reason } = engine.availability(context);
  if (state === 'ready' || state === 'slow') return { engine, reason: 'asked for by name' };
  throw new AppError('engine.unavailable', `engine "${name}" cannot run here: ${reason}`);
}

/** Installed engines that were passed over are named; those that are not installed would only be noise. */
function selectBest(
  views: readonly ViewName[],
  context: Pick<EngineContext, 'modelsDir' | 'device'>,
  engines: readonly ShapeEngine[],
): EngineChoice {
  const passedOver: string[] = [];
  for (const engine of [...engines].sort((a, b) => b.rank(views) - a.rank(views))) {
    const { state, reason } = engine.availability(context);
    if (state === 'ready') {
      const others = passedOver.length > 0 ? `; passed over ${passedOver.join(', ')}` : '';
      return { engine, reason: `the best engine that can run here (${reason})${others}` };
    }
    if (state !== 'absent') passedOver.push(`${engine.name} (${reason})`);
  }
  throw new AppError('engine.unavailable', `no engine can run here: ${passedOver.join('; ') || 'none is installed'}`);
}
