import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type DeviceLease, DevicePool, type DevicePoolOptions } from '../../../../src/gpus/device-pool.ts';
import type { Device } from '../../../../src/protocol/messages.ts';

const cuda = (count: number): Device[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'cuda', index, name: 'test GPU' }));

/** A clock that only moves by `advance`, which runs the callbacks that are due. */
function createTestClock() {
  let time = 0;
  const scheduled = new Map<() => void, number>();
  return {
    options: {
      now: () => time,
      schedule: (delayMs, callback) => {
        scheduled.set(callback, time + delayMs);
        return () => scheduled.delete(callback);
      },
    } satisfies DevicePoolOptions,
    pendingTimers: () => scheduled.size,
    advance(ms: number) {
      time += ms;
      for (const [callback, at] of [...scheduled]) {
        if (at > time || !scheduled.delete(callback)) continue;
        callback();
      }
    },
  };
}

/** The lease if the promise is settled already, else undefined. */
const settled = (promise: Promise<DeviceLease>) => Promise.race([promise, Promise.resolve(undefined)]);
const states = (pool: DevicePool) => pool.states().map((device) => device.state);

async function die(pool: DevicePool, times: number): Promise<void> {
  for (let i = 0; i < times; i++) (await pool.acquire()).release('worker_died');
}

describe('DevicePool', () => {
  test('gives every device once, then makes callers wait in the order of asking', async () => {
    const pool = new DevicePool(cuda(2));
    const leases = [await pool.acquire(), await pool.acquire()];
    expect(leases.map((lease) => lease.device.index)).toEqual([0, 1]);
    const order: string[] = [];
    const third = pool.acquire();
    const fourth = pool.acquire();
    void third.then(() => order.push('third'));
    void fourth.then(() => order.push('fourth'));
    expect(states(pool)).toEqual(['busy', 'busy']);
    leases[1]!.release();
    expect((await third).device.index).toBe(1);
    leases[0]!.release();
    expect((await fourth).device.index).toBe(0);
    expect(order).toEqual(['third', 'fourth']);
  });

  test('takes back a lease once, however often it is released', async () => {
    const pool = new DevicePool(cuda(1));
    const first = await pool.acquire();
    first.release();
    const second = await pool.acquire();
    first.release();
    first.release('worker_died');
    expect(states(pool)).toEqual(['busy']);
    expect(await settled(pool.acquire())).toBeUndefined();
    second.release();
  });

  test('releases at the end of a using block, after a throw too', async () => {
    const pool = new DevicePool(cuda(1));
    const job = async () => {
      using _lease = await pool.acquire();
      throw new Error('job failed');
    };
    await job().catch(() => {});
    expect(states(pool)).toEqual(['idle']);
  });

  test('drops a waiter whose signal aborts and serves the next one', async () => {
    const pool = new DevicePool(cuda(1));
    const lease = await pool.acquire();
    const controller = new AbortController();
    const gone = pool.acquire(controller.signal);
    const next = pool.acquire();
    controller.abort('left');
    await expect(gone).rejects.toBe('left');
    lease.release();
    expect((await next).device.index).toBe(0);
    await expect(pool.acquire(AbortSignal.abort('late'))).rejects.toBe('late');
  });

  test('refuses when it has no device', async () => {
    await expect(new DevicePool([]).acquire()).rejects.toMatchObject({ code: 'server.no_device' });
  });

  test('never has more leases than devices nor two on one device', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.boolean(), { maxLength: 40 }),
        async (size, steps) => {
          const pool = new DevicePool(cuda(size));
          const held = new Set<DeviceLease>();
          for (const isAcquire of steps) {
            if (isAcquire) void pool.acquire().then((lease) => held.add(lease));
            else
              for (const lease of held)
                if (held.delete(lease)) {
                  lease.release();
                  break;
                }
            await Promise.resolve();
            const indices = [...held].map((lease) => lease.device.index);
            expect(new Set(indices).size).toBe(indices.length);
            expect(indices.length).toBeLessThanOrEqual(size);
          }
        },
      ),
    );
  });
});

describe('quarantine', () => {
  const limits = { quarantineAfter: 3, quarantineMs: 1000, maxQuarantineMs: 3000 };

  test('takes a device out after the third worker death in a row and brings it back in time', async () => {
    const clock = createTestClock();
    const taken: number[] = [];
    const pool = new DevicePool(cuda(1), {
      ...limits,
      ...clock.options,
      onQuarantine: (_device, ms) => taken.push(ms),
    });
    await die(pool, 2);
    expect(states(pool)).toEqual(['idle']);
    await die(pool, 1);
    expect(states(pool)).toEqual(['quarantined']);
    expect(taken).toEqual([1000]);
    const waiting = pool.acquire();
    clock.advance(999);
    expect(await settled(waiting)).toBeUndefined();
    clock.advance(1);
    expect((await waiting).device.index).toBe(0);
  });

  test('takes it out again for twice as long, up to the maximum, when the job on trial dies too', async () => {
    const clock = createTestClock();
    const taken: number[] = [];
    const pool = new DevicePool(cuda(1), {
      ...limits,
      ...clock.options,
      onQuarantine: (_device, ms) => taken.push(ms),
    });
    await die(pool, 3);
    for (let trial = 0; trial < 3; trial++) {
      clock.advance(3000);
      await die(pool, 1);
    }
    expect(taken).toEqual([1000, 2000, 3000, 3000]);
  });

  test('forgets the deaths after one healthy job, and does not count cancelled ones', async () => {
    const clock = createTestClock();
    const pool = new DevicePool(cuda(1), { ...limits, ...clock.options });
    await die(pool, 2);
    (await pool.acquire()).release('healthy');
    await die(pool, 2);
    (await pool.acquire()).release();
    expect(states(pool)).toEqual(['idle']);
    await die(pool, 1);
    expect(states(pool)).toEqual(['quarantined']);
  });

  test('leaves the other devices in use and prefers those without deaths', async () => {
    const clock = createTestClock();
    const pool = new DevicePool(cuda(2), { ...limits, ...clock.options, quarantineAfter: 1 });
    (await pool.acquire()).release('worker_died');
    expect(states(pool)).toEqual(['quarantined', 'idle']);
    clock.advance(1000);
    expect(states(pool)).toEqual(['idle', 'idle']);
    expect((await pool.acquire()).device.index).toBe(1);
    expect((await pool.acquire()).device.index).toBe(0);
  });

  test('keeps a timer only while somebody waits for a quarantined device', async () => {
    const clock = createTestClock();
    const pool = new DevicePool(cuda(1), { ...limits, ...clock.options });
    await die(pool, 3);
    expect(clock.pendingTimers()).toBe(0);
    const controller = new AbortController();
    const waiting = pool.acquire(controller.signal);
    expect(clock.pendingTimers()).toBe(1);
    controller.abort();
    await waiting.catch(() => {});
    expect(clock.pendingTimers()).toBe(0);
  });
});
