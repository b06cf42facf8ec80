import { expect, test } from 'bun:test';
import { planScenarios } from '../../chaos/scenarios.ts';
import { WORKER_MODES } from '../../chaos/worker-modes.ts';

const namesOf = (titles: string[]) => [...new Set(titles.map((title) => title.replace(/, [^,]+$/, '')))];

test('each form does everything that is to be broken, the short one once', () => {
  const [short, long] = (['short', 'long'] as const).map((form) => planScenarios(1, form).map(({ title }) => title));
  expect(namesOf(long!)).toEqual(namesOf(short!));
  expect(short).toHaveLength(namesOf(short!).length);
  expect(new Set(long).size).toBe(long!.length);
});

test('the long form kills workers and the server in each mode', () => {
  const titles = planScenarios(0, 'long').map(({ title }) => title);
  for (const { name } of WORKER_MODES) {
    for (const what of ['workers are killed', 'the server is killed', 'the server is stopped']) {
      expect(titles).toContain(`${what}, ${name}`);
    }
  }
});

test('seeds that follow each other bring each scenario into each mode, in either form', () => {
  for (const form of ['short', 'long'] as const) {
    const titles = new Set(WORKER_MODES.flatMap((_, seed) => planScenarios(seed, form).map(({ title }) => title)));
    expect(titles.size).toBe(namesOf([...titles]).length * WORKER_MODES.length);
  }
});
