import { expect, test } from 'bun:test';
import { cacheDir } from '../../../../src/executable/cache-dir.ts';

test('the setting wins over the cache folder of the user, which wins over the one in the home folder', () => {
  expect(cacheDir({ HY3D_CACHE: '/c', XDG_CACHE_HOME: '/x' }, '/h')).toBe('/c');
  expect(cacheDir({ HY3D_CACHE: '', XDG_CACHE_HOME: '/x' }, '/h')).toBe('/x/hy3d');
  expect(cacheDir({}, '/h')).toBe('/h/.cache/hy3d');
});

test('a relative XDG_CACHE_HOME counts as not set, as its specification says', () => {
  expect(cacheDir({ XDG_CACHE_HOME: 'x' }, '/h')).toBe('/h/.cache/hy3d');
});

test('a relative setting is refused, since workers have other current folders', () => {
  expect(() => cacheDir({ HY3D_CACHE: './c' }, '/h')).toThrow('HY3D_CACHE: expected an absolute path, got "./c"');
});
