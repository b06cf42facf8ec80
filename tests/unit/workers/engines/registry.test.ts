import { expect, test } from 'bun:test';
import type { ShapeEngine } from '../../../../workers/engines/engine.ts';
import { selectEngine } from '../../../../workers/engines/registry.ts';

const context = { modelsDir: '/nowhere', device: { kind: 'cpu', index: 0, name: 'CPU' } } as const;

function engine(name: string, rank: number, available: boolean): ShapeEngine {
  return {
    name,
    rank,
    licence: 'MIT',
    usesViews: ['front'],
    availability: () => ({ available, reason: available ? 'needs nothing' : 'its weights are missing' }),
    reconstruct: () => Promise.reject(new Error('not under test')),
  };
}

test('auto takes the best engine that is available and says which better one it passed over', () => {
  const choice = selectEngine('auto', context, [
    engine('small', 1, true),
    engine('big', 9, false),
    engine('mid', 5, true),
  ]);
  expect(choice.engine.name).toBe('mid');
  expect(choice.reason).toContain('big (its weights are missing)');
});

test('an engine asked for by name is taken whatever its rank', () => {
  const engines = [engine('small', 1, true), engine('mid', 5, true)];
  expect(selectEngine('small', context, engines).engine.name).toBe('small');
});

test('an unknown engine is refused with the names that exist', () => {
  expect(() => selectEngine('nope', context, [engine('small', 1, true)])).toThrow(/one of small, got "nope"/);
});

test('an engine that cannot run here is refused with its reason', () => {
  expect(() => selectEngine('big', context, [engine('big', 9, false)])).toThrow(/weights are missing/);
});

test('the built-in engine needs neither weights nor a GPU', () => {
  expect(selectEngine('auto', context).engine.name).toBe('hull');
});
