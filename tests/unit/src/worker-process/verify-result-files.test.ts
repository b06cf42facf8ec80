import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyResultFiles } from '../../../../src/worker-process/verify-result-files.ts';

const root = mkdtempSync(join(tmpdir(), 'hy3d-verify-'));
const outputDir = join(root, 'output');
mkdirSync(join(outputDir, 'folder'), { recursive: true });
writeFileSync(join(root, 'outside.png'), 'x');
symlinkSync(join(root, 'outside.png'), join(outputDir, 'link.png'));
writeFileSync(join(outputDir, 'empty.png'), '');
for (const name of ['model.glb', 'preview.png', 'sheet.png', 'report.json']) writeFileSync(join(outputDir, name), 'x');
afterAll(() => rmSync(root, { recursive: true }));

const good = { glb: 'model.glb', preview: 'preview.png', sheet: 'sheet.png', report: 'report.json' };

describe('verifyResultFiles', () => {
  test('accepts regular, non-empty files of the folder', async () => {
    expect(await verifyResultFiles(good, outputDir)).toBeUndefined();
  });

  test.each([
    ['a file that is missing', 'nowhere.png', 'does not exist'],
    ['an empty file', 'empty.png', 'is empty'],
    ['a folder', 'folder', 'not a regular file'],
    ['a link out of the folder', 'link.png', 'not a regular file'],
    ['a way out of the folder', '../outside.png', 'not a plain file name'],
    ['an absolute path', join(root, 'outside.png'), 'not a plain file name'],
    ['a hidden name', '.png', 'not a plain file name'],
    ['no name', '', 'not a plain file name'],
    ['a name with a zero byte', 'a\0.png', 'not a plain file name'],
  ])('refuses %s', async (_what, name, expected) => {
    expect(await verifyResultFiles({ ...good, preview: name }, outputDir)).toContain(expected);
  });
});
