import { expect, test } from 'bun:test';
import { STAGE_WEIGHTS } from '../../../../src/protocol/stages.ts';
import type { Availability, ShapeEngine } from '../../../../workers/engines/engine.ts';
import { listEngines, selectEngine } from '../../../../workers/engines/registry.ts';

const context = { modelsDir: '/nowhere', device: { kind: 'cpu', index: 0, name: 'CPU' } } as const;

function engine(name: string, rank: number, state: Availability['state']): ShapeEngine {
  return {
    name,
    stageWeights: STAGE_WEIGHTS,
    rank: () => rank,
    licence: 'MIT',
    usesViews: ['front'],
    availability: () => ({ state, reason: `it is ${state}` }),
    reconstruct: () => Promise.reject(new Error('not under test')),
  };
}

test('auto takes the best engine that is ready and says which better ones it passed over', () => {
  const choice = selectEngine('auto', ['front'], context, [
    engine('small', 1, 'ready'),
    engine('missing', 10, 'absent'),
    engine('big', 9, 'unfit'),
    engine('long', 8, 'slow'),
    engine('mid', 5, 'ready'),
  ]);
  expect(choice.engine.name).toBe('mid');
  expect(choice.reason).toContain('big (it is unfit), long (it is slow)');
  expect(choice.reason).not.toContain('missing');
});

test('auto follows the rank that an engine has for the views at hand', () => {
  const many: ShapeEngine = { ...engine('many', 0, 'ready'), rank: (views) => views.length };
  const engines = [engine('single', 2, 'ready'), many];
  expect(selectEngine('auto', ['front'], context, engines).engine.name).toBe('single');
  expect(selectEngine('auto', ['front', 'back', 'left'], context, engines).engine.name).toBe('many');
});

test('an engine asked for by name is taken whatever its rank, and however slow it is', () => {
  const engines = [engine('small', 1, 'slow'), engine('mid', 5, 'ready')];
  expect(selectEngine('small', ['front'], context, engines).engine.name).toBe('small');
});

test('an unknown engine is refused with the names that exist', () => {
  expect(() => selectEngine('nope', ['front'], context, [engine('small', 1, 'ready')])).toThrow(
    /one of small, got "nope"/,
  );
});

test.each(['absent', 'unfit'] as const)('an engine that is %s is refused with its reason', (state) => {
  expect(() => selectEngine('big', ['front'], context, [engine('big', 9, state)])).toThrow(`it is ${state}`);
});

test('the built-in engine needs neither weights nor a GPU', () => {
  expect(selectEngine('auto', ['front'], context).engine.name).toBe('hull');
});

test('every published model is an engine, and without weights says how to get them', () => {
  const names = listEngines('/nowhere').map(({ name }) => name);
  expect(names).toContain('hunyuan3d-2.1');
  expect(names).toContain('hunyuan3d-2mv-turbo');
  const ask = () => selectEngine('hunyuan3d-2.1', ['front'], context);
  expect(ask).toThrow(expect.objectContaining({ code: 'engine.unavailable' }));
  expect(ask).toThrow('hy3d models pull hunyuan3d-2.1');
});
