/** Jobs that a server of these tests runs at a time, each on a device of its own. */
export const DEVICES = 4;

/** How a server keeps the processes of its workers. */
export interface WorkerMode {
  name: string;
  /** Settings of the server. */
  env: Readonly<Record<string, string>>;
  /** Processes that may wait for a job on one device. */
  mayWait: number;
}

export const WORKER_MODES: readonly WorkerMode[] = [
  { name: 'fresh workers', env: {}, mayWait: 0 },
  { name: 'waiting workers', env: { HY3D_STANDBY: '1' }, mayWait: 1 },
  { name: 'reused workers', env: { HY3D_MAX_JOBS_PER_WORKER: '5' }, mayWait: 1 },
  {
    name: 'waiting and reused workers',
    env: { HY3D_STANDBY: '2', HY3D_MAX_JOBS_PER_WORKER: '5' },
    mayWait: 2,
  },
];
