import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listEngines } from '../../workers/engines/registry.ts';

test('the web page suggests every engine of this version', () => {
  const page = readFileSync(join(import.meta.dir, '../../src/web/index.html'), 'utf8');
  const list = /<datalist id="engines">(.*?)<\/datalist>/s.exec(page)?.[1] ?? '';
  const suggested = [...list.matchAll(/value="([^"]+)"/g)].map(([, name]) => name ?? '');
  expect(suggested.toSorted()).toEqual(
    listEngines('/nowhere')
      .map(({ name }) => name)
      .toSorted(),
  );
});
