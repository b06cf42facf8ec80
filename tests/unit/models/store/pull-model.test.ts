import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ModelEntry } from '../../../../models/manifest/model-entry.ts';
import type { PullEvent } from '../../../../models/store/download-file.ts';
import { createFolderSource } from '../../../../models/store/folder-source.ts';
import { createHubSource } from '../../../../models/store/hub-source.ts';
import { readInstallRecord } from '../../../../models/store/install-record.ts';
import { type PullOptions, pullModel } from '../../../../models/store/pull-model.ts';
import { AppError } from '../../../../src/errors.ts';
import { type FakeHub, sha256Of, startFakeHub } from '../../../helpers/fake-hub.ts';
import { modelEntry } from '../../../helpers/model-entries.ts';
import { until } from '../../../helpers/processes.ts';

const CONFIG = new TextEncoder().encode('target: tiny\n');
const WEIGHTS = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const PATH = 'acme/tiny/shape/model.safetensors';
const FILES = { 'acme/tiny/shape/config.yaml': CONFIG, [PATH]: WEIGHTS };

let modelsDir: string;
let hub: FakeHub;
let events: PullEvent[];
const hubs: FakeHub[] = [];

beforeEach(async () => {
  modelsDir = mkdtempSync(join(tmpdir(), 'hy3d-pull-test-'));
  hub = await openHub({ files: { ...FILES }, beforeCut });
  events = [];
});

afterEach(async () => {
  for (const open of hubs.splice(0)) await open.stop();
  rmSync(modelsDir, { recursive: true, force: true });
});

async function openHub(behaviour: Parameters<typeof startFakeHub>[0]): Promise<FakeHub> {
  const opened = await startFakeHub(behaviour);
  hubs.push(opened);
  return opened;
}

/** Waits until the client has what the hub has sent. */
function beforeCut(name: string, position: number): Promise<void> {
  const hasArrived = (event: PullEvent) =>
    event.type === 'progress' && event.file === name && event.receivedBytes >= position;
  return until(`${name} has ${position} bytes`, () => events.some(hasArrived));
}

function pull(entry: ModelEntry = modelEntry(), options: Partial<PullOptions> & { token?: string } = {}) {
  return pullModel(entry, {
    modelsDir,
    source: createHubSource({ endpoint: hub.origin, token: options.token, idleTimeoutMs: 300 }),
    licenceAcceptedAt: new Date('2026-01-02T03:04:05Z'),
    withOptional: true,
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    maxAttempts: 3,
    retryDelayMs: 1,
    ...options,
  });
}

/** An entry that knows this about the weights. */
function knowing(facts: Partial<ModelEntry['files'][number]>): ModelEntry {
  const entry = modelEntry();
  return { ...entry, files: entry.files.map((file) => (file.role === 'weights' ? { ...file, ...facts } : file)) };
}

const weightsPath = () => join(modelsDir, PATH);
const partPath = () => `${weightsPath()}.part`;
const rangesOf = (path: string) =>
  hub.requests.filter((request) => request.path.endsWith(path)).map(({ range }) => range);
const eventTypes = () => [...new Set(events.map(({ type }) => type))];

function writePart(bytes: Uint8Array, etag: string): void {
  mkdirSync(dirname(partPath()), { recursive: true });
  writeFileSync(partPath(), bytes);
  writeFileSync(`${partPath()}.etag`, etag);
}

function expectInstalled(): void {
  expect(new Uint8Array(readFileSync(weightsPath()))).toEqual(WEIGHTS);
  const leftOvers = readdirSync(modelsDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /part|lock/.test(name),
  );
  expect(leftOvers).toEqual([]);
}

/** Nothing under a final name, whatever else is left. */
async function expectRefused(pulling: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await expect(pulling).rejects.toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  expect(existsSync(weightsPath())).toBe(false);
}

describe('a pull', () => {
  test('brings all files and writes down what it did', async () => {
    const installed = await pull();
    expectInstalled();
    expect(installed.files).toEqual({ config: join(modelsDir, 'acme/tiny/shape/config.yaml'), weights: weightsPath() });
    const record = readInstallRecord(modelsDir, 'tiny');
    expect(record?.licence).toMatchObject({ name: 'Test licence', acceptedAt: '2026-01-02T03:04:05.000Z' });
    expect(record?.files.at(-1)).toEqual({
      file: PATH,
      bytes: WEIGHTS.length,
      sha256: sha256Of(WEIGHTS),
      source: hub.origin,
      mtimeMs: statSync(weightsPath()).mtimeMs,
    });
  });

  test('asks the hub for the revision of the manifest, without compression', async () => {
    await pull(modelEntry({ revision: 'abc123' }));
    expect(hub.requests.map(({ path }) => path)).toEqual([
      '/acme/tiny/resolve/abc123/shape/config.yaml',
      '/acme/tiny/resolve/abc123/shape/model.safetensors',
    ]);
  });

  test('tells how far it is, from the first byte to the last', async () => {
    await pull();
    const received = events.flatMap((event) =>
      event.type === 'progress' && event.file === PATH ? [event.receivedBytes] : [],
    );
    expect(received[0]).toBe(0);
    expect(received.at(-1)).toBe(WEIGHTS.length);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
    expect(events.at(-1)).toEqual({ type: 'done', file: PATH, bytes: WEIGHTS.length });
  });

  test('keeps files that are there and right, and asks for nothing', async () => {
    await pull();
    const before = hub.requests.length;
    events = [];
    await pull();
    expect(hub.requests.length).toBe(before);
    expect(eventTypes()).toEqual(['checking', 'kept']);
  });

  test('brings a file again that has changed since, even where only the record tells', async () => {
    await pull();
    const { atime, mtime } = statSync(weightsPath());
    writeFileSync(weightsPath(), WEIGHTS.with(7, 99));
    utimesSync(weightsPath(), atime, mtime);
    await pull();
    expectInstalled();
  });

  test('keeps files placed by hand where their bytes are right, and replaces them where they are not', async () => {
    mkdirSync(dirname(weightsPath()), { recursive: true });
    writeFileSync(weightsPath(), WEIGHTS);
    const entry = knowing({ sha256: sha256Of(WEIGHTS).slice(0, 16) });
    await pull(entry);
    expect(rangesOf('model.safetensors')).toEqual([]);
    expect(readInstallRecord(modelsDir, 'tiny')?.files.find(({ file }) => file === PATH)?.source).toBe(
      'placed by hand',
    );

    writeFileSync(weightsPath(), WEIGHTS.toReversed());
    await pull(entry);
    expectInstalled();
  });

  test('leaves out optional files that the hub lacks, or that are not wanted', async () => {
    const entry = modelEntry();
    entry.files.push({ role: 'turbo-vae-weights', path: 'vae/model.safetensors', optional: true });
    const installed = await pull(entry);
    expect(installed.files.turboVaeWeights).toBeUndefined();
    expect(events.at(-1)).toEqual({ type: 'skipped', file: 'acme/tiny/vae/model.safetensors' });
    const before = hub.requests.length;
    await pull(entry, { withOptional: false });
    expect(hub.requests.length).toBe(before);
  });

  test('takes a file of another repository from there', async () => {
    hub.files['acme/vae/turbo/model.safetensors'] = CONFIG;
    hub.files['acme/vae/turbo/config.yaml'] = CONFIG;
    const entry = modelEntry();
    const from = { repo: 'acme/vae', revision: 'v2', optional: true };
    entry.files.push({ role: 'turbo-vae-config', path: 'turbo/config.yaml', ...from });
    entry.files.push({ role: 'turbo-vae-weights', path: 'turbo/model.safetensors', ...from });
    const { files } = await pull(entry);
    expect(files.turboVaeWeights).toBe(join(modelsDir, 'acme/vae/turbo/model.safetensors'));
    expect(hub.requests.at(-1)?.path).toBe('/acme/vae/resolve/v2/turbo/model.safetensors');
  });
});

describe('a poor connection', () => {
  test('that is cut midway is taken up where it ended', async () => {
    hub.cuts = [undefined, 100_000, 50_000];
    await pull();
    expectInstalled();
    expect(rangesOf('model.safetensors')).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
    expect(hub.requests.at(-1)?.ifRange).toBe('"v1"');
    expect(events.filter(({ type }) => type === 'retry').length).toBe(2);
  });

  test('that is cut before any answer, or answers busy, is tried again', async () => {
    hub.statuses = [0, 429];
    await pull();
    expectInstalled();
    expect(events.filter(({ type }) => type === 'retry').length).toBe(2);
  });

  test('that falls silent counts as cut', async () => {
    hub.isSilent = true;
    await expectRefused(pull(modelEntry(), { maxAttempts: 1 }), 'model.download_failed', /silent for 0.3 s/);
  });

  test('that never works is given up, and what has arrived is kept', async () => {
    hub.cuts = [undefined, 100_000, 0, 0, 0];
    await expectRefused(pull(), 'model.download_failed', /in 3 attempts: .* run the command again/);
    expect(statSync(partPath()).size).toBe(100_000);
    await pull();
    expectInstalled();
  });
});

describe('an interrupted download', () => {
  test('starts over where the server ignores ranges', async () => {
    writePart(WEIGHTS.subarray(0, 1000), '"v1"');
    hub.ignoresRanges = true;
    await pull();
    expectInstalled();
    expect(rangesOf('model.safetensors')).toEqual(['bytes=1000-']);
  });

  test('starts over where the file on the hub has changed since', async () => {
    writePart(new Uint8Array(1000), '"v0"');
    await pull();
    expectInstalled();
  });

  test('starts over where the part is longer than the file', async () => {
    writePart(new Uint8Array(WEIGHTS.length + 1), '"v1"');
    await pull();
    expectInstalled();
    expect(rangesOf('model.safetensors')).toEqual([`bytes=${WEIGHTS.length + 1}-`, undefined]);
  });

  test('starts over where nothing would tell that two versions were mixed', async () => {
    writePart(new Uint8Array(1000), '');
    await pull();
    expectInstalled();
    expect(rangesOf('model.safetensors')).toEqual([undefined]);
  });

  test('that lacks only the check is checked', async () => {
    writePart(WEIGHTS, '"v1"');
    await pull();
    expectInstalled();
    expect(events.some((event) => event.type === 'progress' && event.file === PATH && event.receivedBytes === 0)).toBe(
      false,
    );
  });

  test('by Ctrl-C keeps what has arrived', async () => {
    const interrupt = new AbortController();
    hub.cuts = [undefined, 100_000];
    const onEvent = (event: PullEvent) => {
      events.push(event);
      if (event.type === 'progress' && event.receivedBytes > 50_000)
        interrupt.abort(new AppError('cancelled', 'Stopped.'));
    };
    await expectRefused(pull(modelEntry(), { signal: interrupt.signal, onEvent }), 'cancelled', /Stopped/);
    expect(statSync(partPath()).size).toBeGreaterThan(50_000);
    hub.cuts = [];
    await pull();
    expectInstalled();
  });
});

describe('wrong bytes', () => {
  const other = WEIGHTS.map((byte, i) => (i === 5000 ? byte ^ 1 : byte));

  test('are deleted where the manifest knows better', async () => {
    hub.files[PATH] = other;
    await expectRefused(
      pull(knowing({ sha256: sha256Of(WEIGHTS).slice(0, 16) })),
      'model.corrupt',
      /wrong bytes.*deleted/,
    );
    expect(existsSync(partPath())).toBe(false);
  });

  test('are deleted where the hub itself knows better', async () => {
    const storage = await openHub({ files: { ...FILES, [PATH]: other } });
    hub.redirectTo = storage.origin;
    hub.linkedSha256 = sha256Of(WEIGHTS);
    const entry = modelEntry();
    entry.files = entry.files.map((file) => ({ ...file, path: 'shape/model.safetensors' }));
    await expectRefused(pull(entry), 'model.corrupt', /wrong bytes/);
    expect(existsSync(partPath())).toBe(false);
  });

  test('are not even brought where size or digest differ beforehand', async () => {
    await expectRefused(pull(knowing({ bytes: 5 })), 'model.corrupt', /has 300000 bytes .* expected 5/);
    const storage = await openHub({ files: { ...FILES } });
    hub.redirectTo = storage.origin;
    hub.linkedSha256 = sha256Of(other);
    await expectRefused(pull(knowing({ sha256: sha256Of(WEIGHTS) })), 'model.corrupt', /another version/);
    expect(existsSync(partPath())).toBe(false);
  });
});

describe('redirects', () => {
  test('are followed, and the token stays with the hub', async () => {
    const storage = await openHub({ files: { ...FILES } });
    hub.redirectTo = storage.origin;
    hub.token = 'hf_secret';
    await pull(modelEntry(), { token: 'hf_secret' });
    expectInstalled();
    expect(hub.requests.map(({ authorization }) => authorization)).toEqual(['Bearer hf_secret', 'Bearer hf_secret']);
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  test('keep the range of an interrupted download', async () => {
    const storage = await openHub({ files: { ...FILES } });
    hub.redirectTo = storage.origin;
    writePart(WEIGHTS.subarray(0, 1000), '"v1"');
    await pull();
    expectInstalled();
    expect(storage.requests.at(-1)).toMatchObject({ range: 'bytes=1000-', ifRange: '"v1"', status: 206 });
  });

  test('without end are refused', async () => {
    hub.redirectTo = hub.origin;
    await expectRefused(pull(), 'model.download_failed', /redirects .* more than/);
  });

  test('to something other than the web are refused', async () => {
    hub.redirectTo = 'file://';
    await expectRefused(pull(), 'model.download_failed', /not a safe address/);
  });
});

describe('refusals of the hub', () => {
  test.each<[string, number[], string | undefined, string, RegExp]>([
    ['a gated repository without a token', [401], undefined, 'model.download_failed', /401.*set HF_TOKEN/],
    ['a token that is not enough', [403], 'hf_x', 'model.download_failed', /403.*HF_TOKEN may not read/],
    ['a file that is not there', [404], undefined, 'model.missing', /has no acme\/tiny.*HF_ENDPOINT/],
    ['an answer that makes no sense', [418], undefined, 'model.download_failed', /answers 418/],
    ['a hub that stays busy', [429, 429, 429], undefined, 'model.download_failed', /answers 429/],
    ['a hub that is broken', [500, 502, 504], undefined, 'model.download_failed', /answers 504/],
  ])('%s', async (_, statuses, token, code, message) => {
    hub.statuses = statuses;
    await expectRefused(pull(modelEntry(), token === undefined ? {} : { token }), code, message);
  });

  test('nobody there', async () => {
    await hub.stop();
    await expectRefused(pull(), 'model.download_failed', /does not answer/);
  });
});

describe('a folder', () => {
  const folder = () => join(modelsDir, 'usb');
  const place = (path: string, bytes: Uint8Array) => {
    mkdirSync(dirname(join(folder(), path)), { recursive: true });
    writeFileSync(join(folder(), path), bytes);
  };

  test.each(['acme/tiny/', 'tiny/', ''])('with the files in "%s" is a source', async (prefix) => {
    place(`${prefix}shape/config.yaml`, CONFIG);
    place(`${prefix}shape/model.safetensors`, WEIGHTS);
    writePart(WEIGHTS.subarray(0, 10), 'another source');
    await pull(modelEntry(), { source: createFolderSource(folder()) });
    expectInstalled();
    expect(hub.requests).toEqual([]);
  });

  test('without them is refused', async () => {
    await expectRefused(pull(modelEntry(), { source: createFolderSource(folder()) }), 'model.missing', /holds neither/);
  });

  test('with wrong bytes is refused', async () => {
    place('shape/config.yaml', CONFIG);
    place('shape/model.safetensors', WEIGHTS.subarray(1));
    const entry = knowing({ sha256: sha256Of(WEIGHTS) });
    await expectRefused(pull(entry, { source: createFolderSource(folder()) }), 'model.corrupt', /wrong bytes/);
  });
});

describe('the disk', () => {
  test('without room for the files is noticed before anything is brought', async () => {
    await expectRefused(pull(knowing({ bytes: 2 ** 52 })), 'model.unwritable', /free, the download needs/);
    expect(hub.requests).toEqual([]);
  });

  test('that cannot be written is named', async () => {
    writeFileSync(join(modelsDir, 'acme'), 'a file where a folder should be');
    await expectRefused(pull(), 'model.unwritable', /acme/);
  });

  test('is changed by one process at a time; the lock of one that is gone does not count', async () => {
    mkdirSync(join(modelsDir, '.hy3d'));
    writeFileSync(join(modelsDir, '.hy3d/pull.lock'), String(process.ppid));
    await expectRefused(pull(), 'model.unwritable', new RegExp(`Process ${process.ppid} `));
    for (const gone of [99_999_999, process.pid]) {
      writeFileSync(join(modelsDir, '.hy3d/pull.lock'), String(gone));
      await pull();
      expectInstalled();
    }
  });
});
