import type { NetworkSession, OpenNetwork } from './network-session.ts';

type Network = Parameters<OpenNetwork>[0];

interface Kept {
  network: Network;
  session: NetworkSession;
  users: number;
}

/**
 * Keeps networks loaded when nobody uses them, up to a limit of memory, so that who opens one again need not wait.
 * What is loaded gives way to what is needed: before a network is loaded, and when one fails with others in memory.
 */
export class NetworkKeeper {
  readonly #load: OpenNetwork;
  readonly #limitBytes: number;
  readonly #kept = new Map<Network, Kept>();
  /** Whether networks stay after their use; otherwise each leaves after its next one. */
  keepsUsed = true;

  /** @param limitBytes of the weights of all loaded networks; a network that is needed is loaded even beyond it */
  constructor(load: OpenNetwork, limitBytes: number) {
    this.#load = load;
    this.#limitBytes = limitBytes;
  }

  /** Bytes of the weights of all loaded networks. */
  get loadedBytes(): number {
    return this.#kept.values().reduce((sum, { network }) => sum + network.weightBytes, 0);
  }

  /** Whether it can be loaded, or is, without another one giving way. */
  fits(network: Network): boolean {
    return this.#kept.has(network) || this.loadedBytes + network.weightBytes <= this.#limitBytes;
  }

  /** Opens a network; releasing the session leaves it loaded where the limit allows it. */
  readonly open: OpenNetwork = async (network) => {
    const kept = this.#kept.get(network) ?? (await this.#add(network));
    kept.users += 1;
    let isOpen = true;
    return {
      run: (feeds, outputs) => this.#makingRoom(() => kept.session.run(feeds, outputs)),
      release: async () => {
        if (!isOpen) return;
        isOpen = false;
        kept.users -= 1;
        const stays = this.keepsUsed && this.loadedBytes <= this.#limitBytes;
        if (kept.users === 0 && !stays) await this.#drop(kept);
      },
    };
  };

  /** Frees every network that nobody uses. */
  async clear(): Promise<void> {
    for (const kept of this.#idle()) await this.#drop(kept);
  }

  async #add(network: Network): Promise<Kept> {
    while (!this.fits(network)) {
      const victim = this.#victim(this.loadedBytes + network.weightBytes - this.#limitBytes);
      if (victim === undefined) break;
      await this.#drop(victim);
    }
    const session = await this.#makingRoom(() => this.#load(network));
    const kept = { network, session, users: 0 };
    this.#kept.set(network, kept);
    return kept;
  }

  /** The smallest idle network that frees as much; otherwise the largest. */
  #victim(bytes: number): Kept | undefined {
    const bySize = this.#idle().sort((a, b) => a.network.weightBytes - b.network.weightBytes);
    return bySize.find(({ network }) => network.weightBytes >= bytes) ?? bySize.at(-1);
  }

  #idle(): Kept[] {
    return [...this.#kept.values()].filter(({ users }) => users === 0);
  }

  async #drop(kept: Kept): Promise<void> {
    this.#kept.delete(kept.network);
    await kept.session.release();
  }

  /** What a device has left is not known for sure, so a failure may be for want of memory. */
  async #makingRoom<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#idle().length === 0) throw error;
      await this.clear();
      return await work();
    }
  }
}
