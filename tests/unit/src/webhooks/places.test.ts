import { expect, test } from 'bun:test';
import { Places } from '../../../../src/webhooks/places.ts';

test('those over the bound wait, and come in the order in which they asked', async () => {
  const places = new Places(2);
  const taken: number[] = [];
  for (const nth of [1, 2, 3, 4]) void places.take().then(() => taken.push(nth));
  await Bun.sleep(0);
  expect(taken).toEqual([1, 2]);
  places.giveBack();
  await Bun.sleep(0);
  expect(taken).toEqual([1, 2, 3]);
  places.giveBack();
  await Bun.sleep(0);
  expect(taken).toEqual([1, 2, 3, 4]);
});

test('a place that nobody waited for is free again', async () => {
  const places = new Places(1);
  await places.take();
  places.giveBack();
  await places.take();
  let isTaken = false;
  void places.take().then(() => {
    isTaken = true;
  });
  await Bun.sleep(0);
  expect(isTaken).toBe(false);
});
