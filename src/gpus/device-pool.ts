import { AppError } from '../errors.ts';
import type { Device } from '../protocol/messages.ts';

/** What a job tells of its device: its worker worked, its worker died, or nothing (it was cancelled). */
export type DeviceVerdict = 'healthy' | 'worker_died' | 'unknown';
export type DeviceState = 'idle' | 'busy' | 'quarantined';

/** The right to run one worker on a device. Give it back with `release` or `using`; a second release does nothing. */
export interface DeviceLease extends Disposable {
  readonly device: Device;
  /** @param verdict the last one before the release counts; `unknown` when none is given */
  release(verdict?: DeviceVerdict): void;
}

export interface DevicePoolOptions {
  /** Worker deaths in a row after which a device is taken out. */
  quarantineAfter?: number;
  /** How long the first time; twice as long with every further death, up to `maxQuarantineMs`. */
  quarantineMs?: number;
  maxQuarantineMs?: number;
  /** Monotonic milliseconds. */
  now?: () => number;
  /** Calls back once after a time; returns a function that cancels it. */
  schedule?: (delayMs: number, callback: () => void) => () => void;
  /** Told when a device is taken out. */
  onQuarantine?: (device: Device, forMs: number) => void;
}

interface Slot {
  device: Device;
  busy: boolean;
  deathsInRow: number;
  quarantinedUntil: number;
}

interface Waiter {
  isWanted(device: Device): boolean;
  grant(lease: DeviceLease): void;
}

/**
 * One lease per device, given in the order of asking. A device whose workers keep dying is quarantined; after
 * that time it gets one job on trial, and one more death takes it out for twice as long. A job that cannot be
 * blamed on the device cannot take out the whole server for long, because the first quarantine is short.
 */
export class DevicePool {
  readonly #slots: Slot[];
  readonly #waiters = new Set<Waiter>();
  readonly #options: Required<DevicePoolOptions>;
  #cancelWakeUp: (() => void) | undefined;

  constructor(devices: readonly Device[], options: DevicePoolOptions = {}) {
    this.#slots = devices.map((device) => ({ device, busy: false, deathsInRow: 0, quarantinedUntil: 0 }));
    this.#options = {
      quarantineAfter: options.quarantineAfter ?? 3,
      quarantineMs: options.quarantineMs ?? 10_000,
      maxQuarantineMs: options.maxQuarantineMs ?? 120_000,
      now: options.now ?? (() => performance.now()),
      schedule: options.schedule ?? scheduleTimer,
      onQuarantine: options.onQuarantine ?? (() => {}),
    };
  }

  get devices(): Device[] {
    return this.#slots.map(({ device }) => device);
  }

  get size(): number {
    return this.#slots.length;
  }

  /**
   * Waits for an idle device, first come, first served.
   * @param isWanted whether a device will do; call `reconsider` when that changes
   * @throws the signal's reason when it aborts first; {AppError} `server.no_device` when the pool is empty.
   */
  acquire(signal?: AbortSignal, isWanted: (device: Device) => boolean = () => true): Promise<DeviceLease> {
    if (this.#slots.length === 0) {
      return Promise.reject(new AppError('server.no_device', 'There is no device to run jobs on.'));
    }
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#waiters.delete(waiter);
        this.#serve();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        isWanted,
        grant(lease) {
          signal?.removeEventListener('abort', abort);
          resolve(lease);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiters.add(waiter);
      this.#serve();
    });
  }

  /** Looks again which idle devices are wanted. */
  reconsider(): void {
    this.#serve();
  }

  states(): Array<Device & { state: DeviceState }> {
    const now = this.#options.now();
    return this.#slots.map((slot) => ({ ...slot.device, state: stateOf(slot, now) }));
  }

  /** Gives idle devices to waiters; when only quarantined ones are left, wakes up as the first comes back. */
  #serve(): void {
    this.#cancelWakeUp?.();
    this.#cancelWakeUp = undefined;
    const now = this.#options.now();
    for (const waiter of this.#waiters) {
      const slot = this.#bestIdleSlot(now, waiter);
      if (slot === undefined) continue;
      this.#waiters.delete(waiter);
      waiter.grant(this.#lease(slot));
    }
    if (this.#waiters.size === 0) return;
    const returnsAt = this.#slots.filter((slot) => stateOf(slot, now) === 'quarantined').map((s) => s.quarantinedUntil);
    if (returnsAt.length === 0) return;
    this.#cancelWakeUp = this.#options.schedule(Math.min(...returnsAt) - now, () => this.#serve());
  }

  /** Devices that never failed go first, so that one on trial does not get a job while a sound one is idle. */
  #bestIdleSlot(now: number, { isWanted }: Waiter): Slot | undefined {
    const idle = this.#slots.filter((slot) => stateOf(slot, now) === 'idle' && isWanted(slot.device));
    return idle.sort((a, b) => a.deathsInRow - b.deathsInRow)[0];
  }

  #lease(slot: Slot): DeviceLease {
    slot.busy = true;
    let released = false;
    const release = (verdict: DeviceVerdict = 'unknown') => {
      if (released) return;
      released = true;
      slot.busy = false;
      this.#judge(slot, verdict);
      this.#serve();
    };
    return { device: slot.device, release, [Symbol.dispose]: release };
  }

  #judge(slot: Slot, verdict: DeviceVerdict): void {
    if (verdict === 'healthy') slot.deathsInRow = 0;
    if (verdict !== 'worker_died') return;
    slot.deathsInRow += 1;
    const { quarantineAfter, quarantineMs, maxQuarantineMs, now, onQuarantine } = this.#options;
    const excess = slot.deathsInRow - quarantineAfter;
    if (excess < 0) return;
    const forMs = Math.min(maxQuarantineMs, quarantineMs * 2 ** excess);
    slot.quarantinedUntil = now() + forMs;
    onQuarantine(slot.device, forMs);
  }
}

function stateOf(slot: Slot, now: number): DeviceState {
  if (slot.busy) return 'busy';
  return slot.quarantinedUntil > now ? 'quarantined' : 'idle';
}

/** The timer does not keep the process alive: a waiter without a server has nobody to serve. */
function scheduleTimer(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.max(1, delayMs));
  timer.unref();
  return () => clearTimeout(timer);
}
