import { describe, expect, test } from 'bun:test';
import pino from 'pino';
import { DevicePool } from '../../../../src/gpus/device-pool.ts';
import { JobDispatcher } from '../../../../src/jobs/job-dispatcher.ts';
import { JobQueue } from '../../../../src/jobs/job-queue.ts';
import type { Device } from '../../../../src/protocol/messages.ts';
import type { WorkerEnd } from '../../../../src/worker-process/classify-worker-end.ts';

const cancelled: WorkerEnd = { kind: 'failed', code: 'cancelled', message: 'The job was cancelled.' };
const crashed: WorkerEnd = { kind: 'failed', code: 'worker.signalled', message: 'The worker process crashed.' };

/** A dispatcher whose jobs run until the test, or an abort, ends them. */
function createTestDispatcher(deviceCount: number, fits: (id: string, device: Device) => boolean = () => true) {
  const queue = new JobQueue(100);
  const devices = Array.from({ length: deviceCount }, (_, index) => ({
    kind: 'cuda' as const,
    index,
    name: 'test GPU',
  }));
  const pool = new DevicePool(devices, { quarantineAfter: 2 });
  const finish = new Map<string, { resolve(end: WorkerEnd): void; reject(error: Error): void }>();
  const ended: string[] = [];
  const hooks = {
    fits,
    onStart() {},
    run: (id: string, _device: unknown, signal: AbortSignal) =>
      new Promise<WorkerEnd>((resolve, reject) => {
        finish.set(id, { resolve, reject });
        signal.addEventListener('abort', () => resolve(cancelled));
      }),
    onEnd(id: string, end: WorkerEnd) {
      const idle = pool.states().filter((device) => device.state === 'idle').length;
      ended.push(`${id} ${end.kind === 'failed' ? end.code : end.kind}, ${idle} idle`);
    },
  };
  const dispatcher = new JobDispatcher(queue, pool, hooks, pino({ level: 'silent' }));
  const add = async (id: string) => {
    queue.reserve();
    queue.push(id);
    dispatcher.wake();
    await settle();
  };
  return { queue, pool, dispatcher, finish, ended, add };
}

/** Lets everything happen that needs no timer. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('JobDispatcher', () => {
  test('takes a job from the queue only when there is a device for it', async () => {
    const { queue, dispatcher, finish, add } = createTestDispatcher(1);
    await add('a');
    await add('b');
    expect([dispatcher.runningIds(), queue.ids()]).toEqual([['a'], ['b']]);
    finish.get('a')!.resolve(crashed);
    await settle();
    expect([dispatcher.runningIds(), queue.ids()]).toEqual([['b'], []]);
  });

  test('gives a job only a device that it fits, and those behind it the others', async () => {
    const { queue, dispatcher, finish, add } = createTestDispatcher(
      2,
      (id, device) => !id.startsWith('large') || device.index === 1,
    );
    await add('large 1');
    await add('large 2');
    expect([dispatcher.runningIds(), queue.ids()]).toEqual([['large 1'], ['large 2']]);
    await add('small');
    expect([dispatcher.runningIds(), queue.ids()]).toEqual([['large 1', 'small'], ['large 2']]);
    finish.get('large 1')!.resolve(crashed);
    await settle();
    expect([dispatcher.runningIds(), queue.ids()]).toEqual([['small', 'large 2'], []]);
  });

  test('has freed the device before it tells the end', async () => {
    const { dispatcher, ended, add } = createTestDispatcher(1);
    await add('a');
    await dispatcher.end('a', 'cancelled');
    expect(ended).toEqual(['a cancelled, 1 idle']);
  });

  test('ends only the job that is meant', async () => {
    const { dispatcher, add } = createTestDispatcher(2);
    await add('a');
    await add('b');
    await dispatcher.end('unknown', 'cancelled');
    await dispatcher.end('a', 'cancelled');
    await dispatcher.end('a', 'cancelled');
    expect(dispatcher.runningIds()).toEqual(['b']);
  });

  test('keeps the device for the next job when a waiting one was cancelled', async () => {
    const { queue, dispatcher, finish, pool, add } = createTestDispatcher(1);
    await add('a');
    await add('b');
    queue.remove('b');
    finish.get('a')!.resolve(crashed);
    await settle();
    expect(pool.states()[0]?.state).toBe('idle');
    await add('c');
    expect(dispatcher.runningIds()).toEqual(['c']);
  });

  test('gives the device back and ends the job when running it throws', async () => {
    const { dispatcher, finish, ended, add } = createTestDispatcher(1);
    await add('a');
    finish.get('a')!.reject(new Error('disk full'));
    await settle();
    expect(ended).toEqual(['a internal, 1 idle']);
    expect(dispatcher.runningIds()).toEqual([]);
  });

  test('starts a job that arrives in the very moment in which the last one was given out', async () => {
    const { queue, dispatcher, add } = createTestDispatcher(2);
    const first = add('a');
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve();
      if (queue.length === 0) break;
    }
    await Promise.all([first, add('b')]);
    expect(dispatcher.runningIds()).toEqual(['a', 'b']);
  });

  test('waits for running jobs when it closes, starts no more, and ends those over the grace', async () => {
    const { dispatcher, finish, ended, queue, add } = createTestDispatcher(2);
    await add('a');
    await add('b');
    await add('c');
    const closed = dispatcher.close(20);
    finish.get('a')!.resolve(crashed);
    await closed;
    expect(ended).toEqual(['a worker.signalled, 1 idle', 'b cancelled, 2 idle']);
    expect(queue.ids()).toEqual(['c']);
  });
});
