import { describe, expect, test } from 'bun:test';
import { JobQueue } from '../../../../src/jobs/job-queue.ts';

function queueOf(maxLength: number, ...ids: string[]): JobQueue {
  const queue = new JobQueue(maxLength);
  for (const id of ids) if (queue.reserve()) queue.push(id);
  return queue;
}

describe('JobQueue', () => {
  test('gives jobs in the order of their coming', () => {
    const queue = queueOf(9, 'a', 'b', 'c');
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual(['a', 'b', 'c', undefined]);
  });

  test('counts reserved places, so that calls that arrive together cannot overfill it', () => {
    const queue = queueOf(3, 'a');
    expect([queue.reserve(), queue.reserve(), queue.reserve()]).toEqual([true, true, false]);
    expect(queue.length).toBe(1);
    queue.cancelReservation();
    expect(queue.reserve()).toBe(true);
    queue.push('b');
    queue.push('c');
    expect(queue.ids()).toEqual(['a', 'b', 'c']);
    expect(queue.reserve()).toBe(false);
  });

  test('removes a waiting job and says whether it was there', () => {
    const queue = queueOf(3, 'a', 'b', 'c');
    expect([queue.remove('b'), queue.remove('b'), queue.remove('x')]).toEqual([true, false, false]);
    expect(queue.ids()).toEqual(['a', 'c']);
    expect(queue.reserve()).toBe(true);
  });
});
