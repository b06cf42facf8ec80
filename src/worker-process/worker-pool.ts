import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Device } from '../protocol/messages.ts';
import type { WorkerEnd } from './classify-worker-end.ts';
import type { SpawnWorker } from './spawn-worker.ts';
import { type WorkerLimits, WorkerSession } from './worker-session.ts';

export interface WorkerPoolConfig extends WorkerLimits {
  /** Workers that may take several jobs, or wait for their first, have their folders in `<dataDir>/workers`. */
  dataDir: string;
  /** Workers that wait for a job on each device, started ahead of it. */
  standby: number;
  /** Jobs that one process takes before it is replaced. */
  maxJobsPerWorker: number;
  /** A worker that waits for longer is ended. */
  standbyIdleMs: number;
  /** Engine whose networks are loaded ahead, as in the options of a job. */
  standbyEngine: string;
  /** Folder of installed weights, an absolute path, since workers run elsewhere; need not exist. */
  modelsDir: string;
  /** A worker that was ever larger takes no further job. */
  workerMemoryBytes: number;
}

export interface WorkerPoolDeps {
  spawnWorker: SpawnWorker;
  devices: readonly Device[];
  log: Log;
}

/** Existing folders of a process: its current folder, and the one for its temporary files. */
export interface WorkerFolders {
  root: string;
  temp: string;
}

/**
 * Runs a job on the worker; called again with another one where the first had waited and died before it began.
 * @param keep whether the worker should stay for a further job
 */
export type UseWorker = (worker: WorkerSession, keep: boolean) => Promise<WorkerEnd>;

/** What can be told of a worker process; `rssBytes` is what it reported last. */
export interface WorkerState {
  device: Device;
  state: 'waiting' | 'busy' | 'ending';
  rssBytes: number;
}

/** A device without a job for so long gets networks loaded ahead; the next job of a queue comes sooner. */
const LOAD_DELAY_MS = 250;

interface Member {
  session: WorkerSession;
  device: Device;
  folders: WorkerFolders;
  /** Resolves when the process is gone and its own folders are removed. */
  removed: Promise<void>;
  state: WorkerState['state'];
  /** Whether it will wait again after its job. */
  keep: boolean;
  idleTimer?: Timer;
}

/**
 * Gives each job a worker process: one that waits on the job's device, or a fresh one. With `standby` processes are
 * started ahead of their jobs, and while a device has no job one of them loads the networks that the next job is
 * likely to need: one alone, since a device may not hold them twice. With `maxJobsPerWorker` a process whose job
 * completed waits for the next one; one whose job did not complete is never used again. Processes are started when
 * jobs come and go and at no other time, so that a device on which they die is not flooded with them.
 */
export class WorkerPool {
  readonly #config: WorkerPoolConfig;
  readonly #deps: WorkerPoolDeps;
  readonly #workersDir: string;
  readonly #members = new Set<Member>();
  readonly #loadTimers = new Map<Device, Timer>();
  #isClosing = false;

  /** Removes what a former server left. */
  constructor(config: WorkerPoolConfig, deps: WorkerPoolDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#workersDir = resolve(config.dataDir, 'workers');
    rmSync(this.#workersDir, { recursive: true, force: true });
    for (const device of deps.devices) {
      this.#refill(device);
      this.#loadSoon(device);
    }
  }

  /**
   * Runs one job on a worker of a device; resolves when that is gone, or waits again.
   * @param folders of the job, for a worker that takes no other one
   * @throws when no process can be started
   */
  async use(device: Device, folders: WorkerFolders, log: Log, run: UseWorker): Promise<WorkerEnd> {
    clearTimeout(this.#loadTimers.get(device));
    const member = this.#take(device, folders, log);
    const hasWaited = member.state === 'waiting';
    const end = await this.#run(member, run);
    if (!hasWaited || !member.session.diedBeforeJob) return end;
    log.warn({ pid: member.session.pid }, 'the waiting worker died before the job began; another one takes it');
    return await this.#run(this.#take(device, folders, log), run);
  }

  #take(device: Device, folders: WorkerFolders, log: Log): Member {
    const waiting = this.#waiting(device).at(-1);
    if (waiting === undefined) return this.#start(device, this.#needsOwnFolders ? undefined : folders, log);
    const { pid, jobsTaken } = waiting.session;
    log.info({ pid, jobsBefore: jobsTaken }, 'waiting worker taken');
    return waiting;
  }

  async #run(member: Member, run: UseWorker): Promise<WorkerEnd> {
    const { session, device } = member;
    clearTimeout(member.idleTimer);
    member.state = 'busy';
    member.keep = session.jobsTaken + 1 < this.#config.maxJobsPerWorker && !this.#isClosing;
    try {
      const ended = run(session, member.keep);
      this.#refill(device);
      const end = await ended;
      member.keep &&= end.kind === 'completed' && this.#isFit(member) && (await this.#emptyFolders(member));
      return end;
    } catch (error) {
      member.keep = false;
      throw error;
    } finally {
      if (!member.keep) await this.#end(member);
      // New ones first: the next job takes the one that waits last, which should be the one that has worked.
      this.#refill(device);
      if (member.keep) this.#wait(member);
      this.#loadSoon(device);
    }
  }

  /** All processes that are not gone. */
  states(): WorkerState[] {
    return [...this.#members].map(({ device, state, session }) => ({ device, state, rssBytes: session.rssBytes }));
  }

  /** Ends the workers that wait, and the others after their jobs; resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#loadTimers.values()) clearTimeout(timer);
    for (const member of this.#members) if (member.state === 'waiting') void this.#end(member);
    while (this.#members.size > 0) await Promise.all([...this.#members].map(({ removed }) => removed));
  }

  /** Otherwise a process lives in the folder of its only job. */
  get #needsOwnFolders(): boolean {
    return this.#config.standby > 0 || this.#config.maxJobsPerWorker > 1;
  }

  /** The one that was used last comes last: it is the warmest. */
  #waiting(device: Device): Member[] {
    return this.#of(device).filter(({ state, session }) => state === 'waiting' && session.isIdle);
  }

  #of(device: Device): Member[] {
    return [...this.#members].filter(({ device: { kind, index } }) => kind === device.kind && index === device.index);
  }

  #refill(device: Device): void {
    const isComing = (member: Member) => member.state === 'busy' && member.keep;
    const expected = () => this.#waiting(device).length + this.#of(device).filter(isComing).length;
    while (!this.#isClosing && expected() < this.#config.standby) {
      try {
        const member = this.#start(device, undefined, this.#deps.log);
        member.session.prepare();
        this.#wait(member);
      } catch (error) {
        this.#deps.log.error({ device, err: error }, `no worker can be started ahead: ${errorMessageOf(error)}`);
        return;
      }
    }
  }

  #loadSoon(device: Device): void {
    // CPU slots share one memory, so one of them must do.
    if (this.#config.standby === 0 || (device.kind === 'cpu' && device.index > 0)) return;
    clearTimeout(this.#loadTimers.get(device));
    const timer = setTimeout(() => this.#load(device), LOAD_DELAY_MS);
    this.#loadTimers.set(device, timer.unref());
  }

  #load(device: Device): void {
    const isFree = this.#of(device).every(({ state }) => state === 'waiting');
    const next = this.#waiting(device).at(-1);
    if (this.#isClosing || !isFree || next === undefined) return;
    const { standbyEngine: engine, modelsDir } = this.#config;
    next.session.prepare({ engine, modelsDir, device });
  }

  /** @param jobFolders folders that belong to someone else; undefined gives the worker some of its own */
  #start(device: Device, jobFolders: WorkerFolders | undefined, log: Log): Member {
    const folders = jobFolders ?? this.#makeFolders();
    const removeFolders = () => (jobFolders ? undefined : rm(folders.root, { recursive: true, force: true }));
    let session: WorkerSession;
    try {
      session = new WorkerSession(this.#deps.spawnWorker(device, folders.root, folders.temp), this.#config, log);
    } catch (error) {
      if (!jobFolders) rmSync(folders.root, { recursive: true, force: true });
      throw error;
    }
    log.info({ pid: session.pid, device }, 'worker started');
    const member: Member = { session, device, folders, removed: Promise.resolve(), state: 'busy', keep: false };
    member.removed = session.gone
      .then(removeFolders)
      .catch((error: unknown) => log.error({ err: error }, 'the folder of a worker could not be removed'))
      .then(() => {
        clearTimeout(member.idleTimer);
        this.#members.delete(member);
      });
    this.#members.add(member);
    return member;
  }

  #makeFolders(): WorkerFolders {
    const root = join(this.#workersDir, randomUUID());
    const temp = join(root, 'temp');
    mkdirSync(temp, { recursive: true });
    return { root, temp };
  }

  #wait(member: Member): void {
    if (this.#isClosing) return void this.#end(member);
    member.state = 'waiting';
    // To the end of the set, see `#waiting`.
    this.#members.delete(member);
    this.#members.add(member);
    member.idleTimer = setTimeout(() => void this.#end(member), this.#config.standbyIdleMs);
    member.idleTimer.unref();
  }

  async #end(member: Member): Promise<void> {
    clearTimeout(member.idleTimer);
    member.state = 'ending';
    await member.session.end();
    await member.removed;
  }

  #isFit({ session }: Member): boolean {
    if (!session.isIdle) return false;
    const { workerMemoryBytes: limitBytes } = this.#config;
    if (session.peakRssBytes <= limitBytes) return true;
    this.#deps.log.info(
      { pid: session.pid, rssBytes: session.peakRssBytes, limitBytes },
      'worker replaced for its size',
    );
    return false;
  }

  /** Removes whatever the job left in the folders of its process. */
  async #emptyFolders({ folders: { root, temp } }: Member): Promise<boolean> {
    try {
      for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
      await mkdir(temp);
      return true;
    } catch (error) {
      this.#deps.log.error({ err: error }, `the folder of a worker could not be emptied: ${errorMessageOf(error)}`);
      return false;
    }
  }
}
