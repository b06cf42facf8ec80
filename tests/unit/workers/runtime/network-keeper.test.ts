import { describe, expect, test } from 'bun:test';
import { NetworkKeeper } from '../../../../workers/runtime/network-keeper.ts';
import type { NetworkSession } from '../../../../workers/runtime/network-session.ts';

const network = (weightBytes: number) => ({ model: new Uint8Array(), weightBytes });

/** A runtime with a memory of its own: loading and running fail where that is too small. */
function createRuntime(memoryBytes = Number.POSITIVE_INFINITY) {
  const loaded: number[] = [];
  const history: string[] = [];
  const used = () => loaded.reduce((sum, bytes) => sum + bytes, 0);
  const load = async ({ weightBytes }: { weightBytes: number }): Promise<NetworkSession> => {
    history.push(`load ${weightBytes}`);
    if (used() + weightBytes > memoryBytes) throw new Error('out of memory');
    loaded.push(weightBytes);
    return {
      async run<const N extends string>(_: unknown, outputs: readonly N[]) {
        // Running takes as much again.
        if (used() + weightBytes > memoryBytes) throw new Error('out of memory');
        return Object.fromEntries(outputs.map((name) => [name, Float32Array.of(weightBytes)])) as Record<
          N,
          Float32Array
        >;
      },
      async release() {
        history.push(`free ${weightBytes}`);
        loaded.splice(loaded.indexOf(weightBytes), 1);
      },
    };
  };
  return { load, loaded, history };
}

describe('networks that stay loaded', () => {
  test('are loaded once while they fit together', async () => {
    const { load, history } = createRuntime();
    const keeper = new NetworkKeeper(load, 10);
    const [a, b] = [network(4), network(6)];
    for (const one of [a, b, a, b]) await (await keeper.open(one)).release();
    expect(history).toEqual(['load 4', 'load 6']);
    expect(keeper.loadedBytes).toBe(10);
    await keeper.clear();
    expect(keeper.loadedBytes).toBe(0);
  });

  test('leave at once without a limit of memory to stay in, and never lie in memory together', async () => {
    const { load, history } = createRuntime();
    const keeper = new NetworkKeeper(load, 0);
    for (const one of [network(4), network(6)]) await (await keeper.open(one)).release();
    expect(history).toEqual(['load 4', 'free 4', 'load 6', 'free 6']);
  });

  test('give way to one that is needed: the smallest that frees enough, otherwise the largest first', async () => {
    const { load, loaded, history } = createRuntime();
    const keeper = new NetworkKeeper(load, 12);
    for (const bytes of [1, 3, 7]) await (await keeper.open(network(bytes))).release();
    await (await keeper.open(network(4))).release();
    expect(history.slice(3)).toEqual(['free 3', 'load 4']);
    await (await keeper.open(network(12))).release();
    expect(history.slice(5)).toEqual(['free 7', 'free 4', 'free 1', 'load 12']);
    expect(loaded).toEqual([12]);
  });

  test('are not taken from who uses them', async () => {
    const { load, loaded } = createRuntime();
    const keeper = new NetworkKeeper(load, 5);
    const first = await keeper.open(network(4));
    const second = await keeper.open(network(3));
    await keeper.clear();
    expect(loaded).toEqual([4, 3]);
    await second.release();
    expect(loaded).toEqual([4]);
    await first.release();
    await first.release();
    expect(loaded).toEqual([4]);
  });

  test('stay until their next use when used ones are not to stay', async () => {
    const { load, loaded } = createRuntime();
    const keeper = new NetworkKeeper(load, 10);
    const [one, two] = [network(4), network(5)];
    for (const each of [one, two]) await (await keeper.open(each)).release();
    keeper.keepsUsed = false;
    await (await keeper.open(network(1))).release();
    expect(loaded).toEqual([4, 5]);
    await (await keeper.open(one)).release();
    expect(loaded).toEqual([5]);
  });

  test('make room when loading or running fails for want of memory, and work is tried once more', async () => {
    const { load, loaded } = createRuntime(10);
    const keeper = new NetworkKeeper(load, 100);
    await (await keeper.open(network(4))).release();
    await (await keeper.open(network(3))).release();
    const large = await keeper.open(network(5));
    expect(loaded).toEqual([5]);
    await (await keeper.open(network(2))).release();
    expect(loaded).toEqual([5, 2]);
    expect((await large.run({}, ['out'])).out[0]).toBe(5);
    expect(loaded).toEqual([5]);
    expect(keeper.open(network(20))).rejects.toThrow('out of memory');
  });
});
