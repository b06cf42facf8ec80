import { describe, expect, test } from 'bun:test';
import { CONFIG_TABLE, type Config, ConfigError, findUnknownVariables, loadConfig } from '../../../src/config.ts';

const load = (flags = {}, env: Record<string, string> = {}) => loadConfig(flags, { env, cwd: '/home/me' });

function problemsOf(flags: Record<string, string>, env: Record<string, string> = {}): readonly string[] {
  try {
    load(flags, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('loadConfig', () => {
  test('has a default for everything that needs one', () => {
    expect(load()).toMatchObject({
      host: '127.0.0.1',
      port: 7860,
      publicUrl: undefined,
      dataDir: '/home/me/data',
      modelsDir: '/home/me/models/weights',
      gpus: 'auto',
      cpuSlots: 1,
      maxBodyBytes: 67_108_864,
      maxPixels: 40_000_000,
      cudaVisibleDevices: undefined,
    });
  });

  test('flags win over variables, variables over the defaults of the command, these over the common ones', () => {
    const sources = { env: { HY3D_PORT: '2', HY3D_HOST: 'b' }, defaults: { port: '3', host: 'c', maxQueue: '4' } };
    const config = loadConfig({ port: '1' }, sources);
    expect([config.port, config.host, config.maxQueue, config.cpuSlots]).toEqual([1, 'b', 4, 1]);
  });

  test('reports every problem at once, with its source, what was expected and what came', () => {
    const problems = problemsOf({ port: '70000', gpus: '0,0' }, { HY3D_MAX_BODY: 'big', HY3D_LOG_LEVEL: 'loud' });
    expect(problems).toEqual([
      '--port: expected a whole number from 0 to 65535, got "70000"',
      '--gpus: expected auto, none, or different GPU indices like 0,2, got "0,0"',
      'HY3D_MAX_BODY: expected a size like 64MiB, from 1024 to 1073741824 bytes, got "big"',
      'HY3D_LOG_LEVEL: expected one of trace, debug, info, warn, error, silent, got "loud"',
    ]);
  });

  test('an empty variable counts as not set, but an empty CUDA_VISIBLE_DEVICES hides every GPU', () => {
    const config = load({}, { HY3D_PORT: '', CUDA_VISIBLE_DEVICES: '' });
    expect(config.port).toBe(7860);
    expect(config.cudaVisibleDevices).toBe('');
  });

  const values: ReadonlyArray<readonly [keyof Config, string, unknown]> = [
    ['port', '0', 0],
    ['maxBodyBytes', '2048', 2048],
    ['maxBodyBytes', '512kib', 524_288],
    ['maxBodyBytes', '1.5 MiB', 1_572_864],
    ['maxPixels', '100000000', 100_000_000],
    ['maxPixels', '12.5MP', 12_500_000],
    ['jobTimeoutMs', '90', 90_000],
    ['jobTimeoutMs', '1500ms', 1500],
    ['jobTimeoutMs', '2m', 120_000],
    ['keepForMs', '7d', 604_800_000],
    ['keepForMs', '1.5h', 5_400_000],
    ['gpus', ' 0, 2 ', [0, 2]],
    ['gpus', 'NONE', 'none'],
    ['publicUrl', 'https://example.org/3d/', 'https://example.org/3d'],
    ['ratePerAddress', '120/m', { count: 120, perMs: 60_000 }],
    ['ratePerKey', ' 10 / 30s ', { count: 10, perMs: 30_000 }],
    ['ratePerKey', '1/2D', { count: 1, perMs: 172_800_000 }],
    ['corsOrigins', '*', '*'],
    ['corsOrigins', 'https://a.example, http://b.example:8080', ['https://a.example', 'http://b.example:8080']],
    ['apiKeysFile', 'keys.txt', '/home/me/keys.txt'],
    ['dataDir', '/srv/hy3d', '/srv/hy3d'],
    ['modelsDir', '../weights', '/home/weights'],
  ];
  test.each(values)('%s reads %p', (name, text, expected) => {
    expect(load({ [name]: text })[name]).toEqual(expected as never);
  });

  const refused: ReadonlyArray<readonly [string, string]> = [
    ['port', '-1'],
    ['port', '80.5'],
    ['port', '0x50'],
    ['port', 'http'],
    ['port', '1e3'],
    ['cpuSlots', '0'],
    ['cpuSlots', '100000'],
    ['maxBodyBytes', '64MB'],
    ['maxBodyBytes', '10'],
    ['maxBodyBytes', '1000GiB'],
    ['maxPixels', '40 megapixels'],
    ['jobTimeoutMs', '0'],
    ['jobTimeoutMs', '5 weeks'],
    ['gpus', '0;2'],
    ['gpus', ''],
    ['gpus', '-1'],
    ['host', ' '],
    ['publicUrl', 'example.org'],
    ['publicUrl', 'ftp://example.org'],
    ['publicUrl', 'https://me:secret@example.org'],
    ['publicUrl', 'https://example.org/?a=1'],
    ['ratePerAddress', '120'],
    ['ratePerAddress', '0/m'],
    ['ratePerAddress', '5/0s'],
    ['ratePerAddress', '1.5/m'],
    ['ratePerKey', '5/week'],
    ['corsOrigins', ''],
    ['corsOrigins', 'https://a.example/'],
    ['corsOrigins', 'a.example'],
    ['corsOrigins', '*, https://a.example'],
    ['metrics', 'yes'],
    ['jobsPerClient', '0'],
    ['proxyHops', '-1'],
    ['logLevel', 'INFO'],
  ];
  test.each(refused)('%s refuses %p', (name, text) => {
    expect(problemsOf({ [name]: text })).toHaveLength(1);
  });
});

describe('the table of settings', () => {
  test('every setting has a variable of its own and a description', () => {
    expect(new Set(CONFIG_TABLE.map((row) => row.env)).size).toBe(CONFIG_TABLE.length);
    for (const row of CONFIG_TABLE) expect(row.description).toMatch(/^[A-Z].*\.$/);
  });

  test('the defaults are valid as they are written', () => {
    for (const { name, default: text } of CONFIG_TABLE) if (text) expect(problemsOf({ [name]: text })).toEqual([]);
  });

  test('variables that no setting reads are found', () => {
    expect(findUnknownVariables({ HY3D_PORT: '1', HY3D_PROT: '1', PATH: '/bin' })).toEqual(['HY3D_PROT']);
  });
});
