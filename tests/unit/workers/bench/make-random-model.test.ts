import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRandomModel } from '../../../../workers/bench/make-random-model.ts';
import { modelEntry } from '../../../helpers/model-entries.ts';

const folder = mkdtempSync(join(tmpdir(), 'hy3d-random-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['files of unknown origin', 'tencent', 'weights'],
  ['models of the user', 'manifest.json', JSON.stringify({ models: [modelEntry()] })],
])('a folder with %s gets no random weights', (_, name, content) => {
  const models = mkdtempSync(join(folder, 'models-'));
  writeFileSync(join(models, name), content);
  expect(() => makeRandomModel(models, '2mini-turbo')).toThrow('name an empty folder');
  expect(readdirSync(models)).toEqual([name]);
});
