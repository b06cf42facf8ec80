import { expect, test } from 'bun:test';
import { UploadStore } from '../../../../src/http/upload-store.ts';

const pictureOf = (sizeBytes: number) => ({ bytes: new Uint8Array(sizeBytes), format: 'png' as const });

function setUp() {
  const clock = { ms: 0 };
  return { clock, uploads: new UploadStore({ maxBytes: 100, maxAgeMs: 1000 }, () => clock.ms) };
}

test('gives a picture to its owner alone, and not after its time', () => {
  const { uploads, clock } = setUp();
  const picture = pictureOf(10);
  const { id, expiresAt } = uploads.add('me', picture);
  expect(expiresAt).toBe(1000);
  expect(uploads.get('me', id)).toBe(picture);
  expect(uploads.get('you', id)).toBeUndefined();
  expect(uploads.get('me', 'x')).toBeUndefined();
  clock.ms = 1000;
  expect(uploads.get('me', id)).toBeUndefined();
});

test('the oldest make room, as many as are needed', () => {
  const { uploads } = setUp();
  const ids = [40, 40, 20, 50].map((sizeBytes) => uploads.add('', pictureOf(sizeBytes)).id);
  expect(ids.map((id) => uploads.get('', id)?.bytes.length)).toEqual([undefined, undefined, 20, 50]);
});

test('what has expired takes no room', () => {
  const { uploads, clock } = setUp();
  uploads.add('', pictureOf(90));
  clock.ms = 1000;
  const ids = [50, 50].map((sizeBytes) => uploads.add('', pictureOf(sizeBytes)).id);
  expect(ids.map((id) => uploads.get('', id)?.bytes.length)).toEqual([50, 50]);
});
