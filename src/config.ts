/**
 * The settings of the program: flags win over `HY3D_*` environment variables, which win over defaults.
 *
 * This is the only reader of `process.env`. Every value arrives as text, is parsed by one schema and all problems
 * are reported together. The table of the README and the flags of the command line are made from `SETTINGS`.
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  bytes,
  choice,
  duration,
  gpuSelection,
  httpUrl,
  origins,
  pixels,
  rate,
  text,
  wholeNumber,
} from './config-values.ts';
import { webhookAllowList, webhookSecrets } from './webhooks/webhook-settings.ts';

const MAX_CPU_SLOTS = Math.max(1, availableParallelism());

interface SettingSpec<S extends z.ZodType = z.ZodType> {
  schema: S;
  env: string;
  /** As commander writes it, for example `--port <number>`; absent where only the environment sets it. */
  flag?: string;
  default?: string;
  /** A value that cannot be used is not shown. */
  isSecret?: true;
  description: string;
}

function setting<S extends z.ZodType>(spec: SettingSpec<S>): SettingSpec<S> {
  return spec;
}

/** Every setting, in the order in which the README lists them. */
export const SETTINGS = {
  host: setting({
    schema: text,
    env: 'HY3D_HOST',
    flag: '--host <address>',
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 serves the network.',
  }),
  port: setting({
    schema: wholeNumber(0, 65_535),
    env: 'HY3D_PORT',
    flag: '--port <number>',
    default: '7860',
    description: 'TCP port; 0 takes a free one.',
  }),
  publicUrl: setting({
    schema: httpUrl.optional(),
    env: 'HY3D_PUBLIC_URL',
    flag: '--public-url <url>',
    description: 'Start of the URLs in answers, for a server behind a proxy. Otherwise the origin of the request.',
  }),
  dataDir: setting({
    schema: text,
    env: 'HY3D_DATA',
    flag: '--data <dir>',
    default: './data',
    description: 'Folder of uploads and results.',
  }),
  modelsDir: setting({
    schema: text,
    env: 'HY3D_MODELS',
    flag: '--models <dir>',
    default: './models/weights',
    description: 'Folder of installed network weights; need not exist.',
  }),
  gpus: setting({
    schema: gpuSelection,
    env: 'HY3D_GPUS',
    flag: '--gpus <list>',
    default: 'auto',
    description: 'GPUs to use: auto, none, or indices as nvidia-smi counts them, for example 0,2.',
  }),
  cpuSlots: setting({
    schema: wholeNumber(1, MAX_CPU_SLOTS),
    env: 'HY3D_CPU_SLOTS',
    flag: '--cpu-slots <number>',
    default: '1',
    description: 'Jobs at a time where there is no GPU; at most the number of cores.',
  }),
  maxQueue: setting({
    schema: wholeNumber(1, 100_000),
    env: 'HY3D_MAX_QUEUE',
    flag: '--max-queue <number>',
    default: '256',
    description: 'Jobs that may wait; further ones are refused with 429.',
  }),
  maxBodyBytes: setting({
    schema: bytes(1024, 1024 ** 3),
    env: 'HY3D_MAX_BODY',
    flag: '--max-body <size>',
    default: '64MiB',
    description: 'Largest request body.',
  }),
  maxPixels: setting({
    schema: pixels(256, 1_000_000_000),
    env: 'HY3D_MAX_PIXELS',
    flag: '--max-pixels <count>',
    default: '40MP',
    description: 'Largest picture, width times height.',
  }),
  jobTimeoutMs: setting({
    schema: duration(1_000, 24 * 3_600_000),
    env: 'HY3D_JOB_TIMEOUT',
    flag: '--job-timeout <time>',
    default: '15m',
    description: 'Longest run of a job, from its start.',
  }),
  heartbeatTimeoutMs: setting({
    schema: duration(1_000, 3_600_000),
    env: 'HY3D_HEARTBEAT_TIMEOUT',
    flag: '--heartbeat-timeout <time>',
    default: '60s',
    description: 'A worker that sends no line for this long is ended.',
  }),
  cancelGraceMs: setting({
    schema: duration(0, 600_000),
    env: 'HY3D_CANCEL_GRACE',
    flag: '--cancel-grace <time>',
    default: '2s',
    description: 'Time between the polite and the forced end of a worker.',
  }),
  standby: setting({
    schema: wholeNumber(0, 16),
    env: 'HY3D_STANDBY',
    flag: '--standby <number>',
    default: '0',
    description: 'Worker processes that wait for a job on each device, started and loaded ahead of it.',
  }),
  standbyIdleMs: setting({
    schema: duration(1_000, 24 * 3_600_000),
    env: 'HY3D_STANDBY_IDLE',
    flag: '--standby-idle <time>',
    default: '10m',
    description: 'A worker that waits for a job for longer is ended; the next job starts cold.',
  }),
  standbyEngine: setting({
    schema: z.string().min(1).max(100),
    env: 'HY3D_STANDBY_ENGINE',
    flag: '--standby-engine <name>',
    default: 'auto',
    description: 'Engine whose networks a waiting worker loads ahead, while its device has no job.',
  }),
  maxJobsPerWorker: setting({
    schema: wholeNumber(1, 100_000),
    env: 'HY3D_MAX_JOBS_PER_WORKER',
    flag: '--max-jobs-per-worker <number>',
    default: '1',
    description: 'Jobs that one worker process takes, one after the other, before it is replaced.',
  }),
  workerMemoryBytes: setting({
    schema: bytes(64 * 1024 ** 2, 1024 ** 4),
    env: 'HY3D_WORKER_MEMORY_LIMIT',
    flag: '--worker-memory-limit <size>',
    default: '4GiB',
    description: 'A worker that grew larger is replaced after its job.',
  }),
  keepJobs: setting({
    schema: wholeNumber(1, 100_000),
    env: 'HY3D_KEEP_JOBS',
    flag: '--keep-jobs <number>',
    default: '200',
    description: 'Finished jobs whose records and files are kept.',
  }),
  keepForMs: setting({
    schema: duration(1_000, 365 * 86_400_000),
    env: 'HY3D_KEEP_FOR',
    flag: '--keep-for <time>',
    default: '7d',
    description: 'How long a finished job and its files are kept.',
  }),
  shutdownGraceMs: setting({
    schema: duration(0, 3_600_000),
    env: 'HY3D_SHUTDOWN_GRACE',
    flag: '--shutdown-grace <time>',
    default: '30s',
    description: 'Time that running jobs get to finish when the server is asked to stop.',
  }),
  eventHeartbeatMs: setting({
    schema: duration(100, 60_000),
    env: 'HY3D_EVENT_HEARTBEAT',
    flag: '--event-heartbeat <time>',
    default: '15s',
    description: 'Pause between the comments that keep an idle event stream open.',
  }),
  apiKeysFile: setting({
    schema: text.optional(),
    env: 'HY3D_API_KEYS_FILE',
    flag: '--api-keys <file>',
    description: 'File of API keys as `hy3d keys create` prints them, one a line; with any key, requests need one.',
  }),
  apiKeys: setting({
    schema: z.string().optional(),
    env: 'HY3D_API_KEYS',
    description: 'The same lines with commas between them, besides those of the file.',
  }),
  ratePerAddress: setting({
    schema: rate.optional(),
    env: 'HY3D_RATE_PER_ADDRESS',
    flag: '--rate-per-address <count/time>',
    description: 'Requests that one address may send, for example 120/m; further ones are refused with 429.',
  }),
  ratePerKey: setting({
    schema: rate.optional(),
    env: 'HY3D_RATE_PER_KEY',
    flag: '--rate-per-key <count/time>',
    description: 'Requests that one API key may send.',
  }),
  concurrencyPerAddress: setting({
    schema: wholeNumber(1, 100_000).optional(),
    env: 'HY3D_CONCURRENCY_PER_ADDRESS',
    flag: '--concurrency-per-address <number>',
    description: 'Requests that one address may have open at a time, event streams included.',
  }),
  concurrencyPerKey: setting({
    schema: wholeNumber(1, 100_000).optional(),
    env: 'HY3D_CONCURRENCY_PER_KEY',
    flag: '--concurrency-per-key <number>',
    description: 'Requests that one API key may have open at a time, event streams included.',
  }),
  jobsPerClient: setting({
    schema: wholeNumber(1, 100_000).optional(),
    env: 'HY3D_JOBS_PER_CLIENT',
    flag: '--jobs-per-client <number>',
    description: 'Unfinished jobs that one API key, or without keys one address, may have.',
  }),
  proxyHops: setting({
    schema: wholeNumber(0, 10),
    env: 'HY3D_PROXY_HOPS',
    flag: '--proxy-hops <number>',
    default: '0',
    description: 'Proxies in front that append to X-Forwarded-For; with 0 that header is not believed.',
  }),
  corsOrigins: setting({
    schema: origins.optional(),
    env: 'HY3D_CORS_ORIGINS',
    flag: '--cors-origins <list>',
    description: 'Origins whose web pages may call the API, separated by commas, or *.',
  }),
  metrics: setting({
    schema: choice(['key', 'open', 'off']),
    env: 'HY3D_METRICS',
    flag: '--metrics <access>',
    default: 'key',
    description: 'Who may read /metrics: key (as the rest of the API), open (everyone) or off.',
  }),
  webhooks: setting({
    schema: choice(['off', 'on']),
    env: 'HY3D_WEBHOOKS',
    flag: '--webhooks <state>',
    default: 'off',
    description: 'Whether requests may name a webhook_url that is told of their job: on or off.',
  }),
  webhookSecrets: setting({
    schema: webhookSecrets.optional(),
    env: 'HY3D_WEBHOOK_SECRET',
    isSecret: true,
    description:
      'Secret that signs webhooks, whsec_ and base64 of 24 to 64 bytes; two with a comma while one replaces the other.',
  }),
  webhookAllow: setting({
    schema: webhookAllowList,
    env: 'HY3D_WEBHOOK_ALLOW',
    flag: '--webhook-allow <list>',
    default: '',
    description:
      'Hosts and address blocks that webhooks may reach although they are not public, for example hooks.lan,10.1.0.0/16.',
  }),
  logLevel: setting({
    schema: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    env: 'HY3D_LOG_LEVEL',
    flag: '--log-level <level>',
    default: 'info',
    description: 'Least important log lines that are written: trace, debug, info, warn, error or silent.',
  }),
  cacheDir: setting({
    schema: text.optional(),
    env: 'HY3D_CACHE',
    description:
      'Folder to which the executable unpacks its libraries, an absolute path. Otherwise `hy3d` in XDG_CACHE_HOME or ~/.cache.',
  }),
  cudaVisibleDevices: setting({
    schema: z.string().optional(),
    env: 'CUDA_VISIBLE_DEVICES',
    description: 'Where set, only these GPUs are used; empty means none.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
type Environment = Readonly<Record<string, string | undefined>>;

/** The parsed settings. Folders are absolute, times in milliseconds, sizes in bytes. */
export type Config = { readonly [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> } & {
  /** The whole environment, of which worker processes get a part. Never logged. */
  readonly env: Environment;
};

/** A row of the settings table. */
export interface ConfigTableRow {
  name: SettingName;
  env: string;
  flag: string;
  default: string;
  description: string;
}

/** The settings as text, for the README and for `--help`. */
export const CONFIG_TABLE: readonly ConfigTableRow[] = settingEntries().map(([name, spec]) => ({
  name,
  env: spec.env,
  flag: spec.flag ?? '',
  default: spec.default ?? '',
  description: spec.description,
}));

/** Every problem of the settings at once; the message has one line for each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export type ConfigTexts = Partial<Record<SettingName, string>>;

export interface ConfigSources {
  /** Environment variables; an empty one counts as not set, but an empty `CUDA_VISIBLE_DEVICES` hides all GPUs. */
  env?: Environment;
  /** Folder that relative folders start from. */
  cwd?: string;
  /** Defaults of one command that differ from the common ones. */
  defaults?: ConfigTexts;
}

/**
 * Reads the settings.
 * @param flags texts of command line flags by setting; these win
 * @throws {ConfigError} with all problems
 */
export function loadConfig(flags: ConfigTexts = {}, sources: ConfigSources = {}): Config {
  const { env = process.env, cwd = process.cwd(), defaults = {} } = sources;
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, spec] of settingEntries()) {
    const fromFlag = flags[name];
    const fromEnv = spec.env.startsWith('HY3D_') ? env[spec.env] || undefined : env[spec.env];
    const raw = fromFlag ?? fromEnv ?? defaults[name] ?? spec.default;
    const parsed = spec.schema.safeParse(raw);
    if (parsed.success) {
      values[name] = parsed.data;
    } else {
      const source = fromFlag !== undefined ? spec.flag?.split(' ')[0] : spec.env;
      const got = spec.isSecret ? 'something else' : JSON.stringify(raw);
      problems.push(`${source}: ${parsed.error.issues[0]?.message}, got ${got}`);
    }
  }
  if (values.webhooks === 'on' && values.webhookSecrets === undefined) {
    problems.push('--webhooks: expected HY3D_WEBHOOK_SECRET to be set, for webhooks are always signed');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const config = values as Omit<Config, 'env'>;
  return {
    ...config,
    dataDir: resolve(cwd, config.dataDir),
    modelsDir: resolve(cwd, config.modelsDir),
    ...(config.apiKeysFile !== undefined && { apiKeysFile: resolve(cwd, config.apiKeysFile) }),
    env,
  };
}

/** Names of `HY3D_*` variables that no setting reads: most likely misspelt. */
export function findUnknownVariables(env: Environment): string[] {
  const known = new Set(CONFIG_TABLE.map((row) => row.env));
  return Object.keys(env).filter((name) => name.startsWith('HY3D_') && !known.has(name));
}

function settingEntries() {
  return Object.entries(SETTINGS) as Array<[SettingName, SettingSpec]>;
}
