import { afterAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '../../../../models/build/replace-file.ts';
import { sha256Of } from '../../../helpers/fake-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'hy3d-replace-'));
const path = join(folder, 'file');
const part = `${path}.part`;
const textOf = (file: string) => readFileSync(file, 'utf8');
const content = Buffer.from('new');

beforeEach(() => {
  rmSync(part, { force: true });
  writeFileSync(path, 'old');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('replaceFile', () => {
  test('puts the new content in place at once when it is complete', () => {
    const digest = replaceFile(path, (write) => {
      write(content.subarray(0, 1));
      expect(textOf(path)).toBe('old');
      write(content.subarray(1));
    });
    expect(digest).toBe(sha256Of(content));
    expect(textOf(path)).toBe('new');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('keeps the old content where making the new one fails', () => {
    const failing = () =>
      replaceFile(path, (write) => {
        write(content);
        throw new Error('no more');
      });
    expect(failing).toThrow('no more');
    expect(textOf(path)).toBe('old');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('does nothing while another process writes the file', () => {
    writeFileSync(part, 'half');
    expect(replaceFile(path, () => expect.unreachable())).toBeUndefined();
    expect(textOf(part)).toBe('half');
  });

  test('takes over what a process that was ended left behind', () => {
    writeFileSync(part, 'a longer half');
    const aMinuteAgo = Date.now() / 1000 - 60;
    utimesSync(part, aMinuteAgo, aMinuteAgo);
    expect(replaceFile(path, (write) => write(content))).toBe(sha256Of(content));
    expect(textOf(path)).toBe('new');
  });

  test.each([
    ['ends', () => {}],
    [
      'fails',
      () => {
        throw new Error('no more');
      },
    ],
  ])('that lost the file to another process leaves it alone when it %s', (_, end) => {
    const attempt = () =>
      replaceFile(path, (write) => {
        write(content);
        rmSync(part);
        writeFileSync(part, 'of the other process');
        end();
      });
    try {
      expect(attempt()).toBeUndefined();
    } catch (error) {
      expect(error).toHaveProperty('message', 'no more');
    }
    expect(textOf(part)).toBe('of the other process');
    expect(textOf(path)).toBe('old');
  });
});
