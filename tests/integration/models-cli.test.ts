import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../../models/checkpoint/open-checkpoint.ts';
import { PUBLISHED_MODELS } from '../../models/manifest/published-models.ts';
import { type FakeHub, sha256Of, startFakeHub } from '../helpers/fake-hub.ts';
import { modelEntry } from '../helpers/model-entries.ts';
import { until } from '../helpers/processes.ts';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const FIXTURES = join(import.meta.dir, '../fixtures/hunyuan');
const DIT = 'hunyuan3d-dit-v2-mini-turbo';
const VAE = 'hunyuan3d-vae-v2-mini-turbo';
const REPO = 'acme/hunyuan3d-2mini-turbo-tiny';
const PATHS = [
  `${DIT}/config.yaml`,
  `${DIT}/model.fp16.safetensors`,
  `${VAE}/config.yaml`,
  `${VAE}/model.fp16.safetensors`,
];
const FILES = Object.fromEntries(
  PATHS.map((path) => [`${REPO}/${path}`, readFileSync(join(FIXTURES, REPO.slice(5), path))]),
);
const WEIGHTS_FILE = `${REPO}/${DIT}/model.fp16.safetensors`;
const WEIGHTS = FILES[WEIGHTS_FILE] as Uint8Array;

const root = mkdtempSync(join(tmpdir(), 'hy3d-models-cli-test-'));
let modelsDir: string;
let hub: FakeHub;
const hubs: FakeHub[] = [];

beforeEach(async () => {
  modelsDir = mkdtempSync(join(root, 'models-'));
  hub = await startFakeHub({ files: { ...FILES } });
  hubs.push(hub);
  const tiny = modelEntry({
    name: 'tiny',
    repo: REPO,
    files: [
      { role: 'config', path: `${DIT}/config.yaml` },
      { role: 'weights', path: `${DIT}/model.fp16.safetensors`, sha256: sha256Of(WEIGHTS).slice(0, 16) },
      { role: 'turbo-vae-config', path: `${VAE}/config.yaml`, optional: true },
      { role: 'turbo-vae-weights', path: `${VAE}/model.fp16.safetensors`, optional: true },
    ],
  });
  writeFileSync(join(modelsDir, 'manifest.json'), JSON.stringify({ models: [tiny] }));
});
afterEach(async () => {
  for (const open of hubs.splice(0)) await open.stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function start(args: string[], env: Record<string, string> = {}) {
  return Bun.spawn([process.execPath, MAIN, 'models', ...args], {
    cwd: root,
    env: environment(env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

function environment(more: Record<string, string>) {
  return { PATH: process.env.PATH, HOME: root, HY3D_MODELS: modelsDir, HF_ENDPOINT: hub.origin, ...more };
}

async function run(args: string[], env: Record<string, string> = {}) {
  const child = start(args, env);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

/** Runs on a terminal and types an answer to the question about the licence. */
async function runOnTerminal(args: string[], typed: string) {
  let screen = '';
  let hasTyped = false;
  const child = Bun.spawn([process.execPath, MAIN, 'models', ...args], {
    cwd: root,
    env: environment({ TERM: 'xterm' }),
    terminal: {
      cols: 120,
      rows: 40,
      data(terminal, bytes) {
        screen += new TextDecoder().decode(bytes);
        if (!hasTyped && screen.includes('[y/N]')) {
          hasTyped = true;
          terminal.write(typed);
        }
      },
    },
  });
  return { code: await child.exited, screen };
}

const pull = (env?: Record<string, string>) => run(['pull', 'tiny', '--accept-licence'], env);
const weightsPath = () => join(modelsDir, WEIGHTS_FILE);
const stateOf = async (name = 'tiny') => {
  const models = JSON.parse((await run(['list', '--json'])).out) as { name: string; state: string }[];
  return models.find((model) => model.name === name)?.state;
};

describe('hy3d models list', () => {
  test('shows every model with its views, size, state and licence', async () => {
    const { code, out } = await run(['list']);
    expect(code).toBe(0);
    for (const { name } of PUBLISHED_MODELS) expect(out).toMatch(new RegExp(`^${name} .* missing +Tencent`, 'm'));
    expect(out).toMatch(/^tiny +front +0 kB +missing +Test licence$/m);
    expect(out).toContain('Tencent Hunyuan Community License: Not for use in the European Union');
  });

  test('tells files placed by hand from pulled ones', async () => {
    for (const path of PATHS) {
      mkdirSync(join(modelsDir, REPO, path, '..'), { recursive: true });
      writeFileSync(join(modelsDir, REPO, path), FILES[`${REPO}/${path}`] ?? '');
    }
    expect(await stateOf()).toBe('installed by hand');
    await pull();
    expect(await stateOf()).toBe('installed');
    expect(hub.requests).toEqual([]);
  });
});

describe('hy3d models pull', () => {
  test('installs a checkpoint over HTTP, from a gated repository whose large files lie elsewhere', async () => {
    const storage = await startFakeHub({ files: { ...FILES } });
    hubs.push(storage);
    hub.token = 'hf_secret';
    hub.redirectTo = storage.origin;
    const { code, out, err } = await pull({ HF_TOKEN: 'hf_secret' });
    expect(err).toContain(
      `done      ${WEIGHTS_FILE} (825 kB)`.replace('825', String(Math.ceil(WEIGHTS.length / 1000))),
    );
    expect({ code, out }).toEqual({ code: 0, out: `Installed tiny in ${modelsDir}\n` });
    expect(storage.requests.every(({ authorization }) => authorization === undefined)).toBe(true);
    expect(err + out).not.toContain('hf_secret');

    expect(new Uint8Array(readFileSync(weightsPath()))).toEqual(new Uint8Array(WEIGHTS));
    const checkpoint = openCheckpoint(weightsPath());
    expect(checkpoint.tensors.get('vae.post_kl.weight')?.shape).toEqual([32, 8]);
    checkpoint.close();
    expect(await stateOf()).toBe('installed');
    expect((await run(['verify', 'tiny'])).code).toBe(0);
  });

  test('without a terminal shows the licence and asks for the flag', async () => {
    const { code, err } = await run(['pull', 'tiny']);
    expect(code).toBe(2);
    expect(err).toContain('Test licence');
    expect(err).toContain('Not for use on the moon.');
    expect(err).toContain('--accept-licence');
    expect(hub.requests).toEqual([]);
  });

  test('on a terminal asks, and shows a bar while it brings the files', async () => {
    const { code, screen } = await runOnTerminal(['pull', 'tiny'], 'y\n');
    expect(screen).toContain('Not for use on the moon.');
    expect(screen).toMatch(/[█░]{24} +\d+ %/);
    expect(code).toBe(0);
    expect(await stateOf()).toBe('installed');
    const again = await runOnTerminal(['pull', 'tiny'], '');
    expect(again.screen).not.toContain('[y/N]');
    expect(again.code).toBe(0);
  });

  test.each([
    ['no', 'n\n'],
    ['nothing', '\n'],
    ['the end of the input', '\u0004'],
    ['Ctrl-C', '\u0003'],
  ])('installs nothing when the answer is %s', async (_, typed) => {
    const { code } = await runOnTerminal(['pull', 'tiny'], typed);
    expect(code).toBe(130);
    expect(hub.requests).toEqual([]);
  });

  test('goes on after Ctrl-C where it was stopped', async () => {
    hub.cuts = [undefined, 400_000];
    const partPath = `${weightsPath()}.part`;
    const hasPart = () => (statSync(partPath, { throwIfNoEntry: false })?.size ?? 0) >= 400_000;
    let interrupted = false;
    hub.beforeCut = async () => {
      await until('the first half has arrived', hasPart);
      child.kill('SIGINT');
      await until('the process has ended', () => interrupted);
    };
    const child = start(['pull', 'tiny', '--accept-licence']);
    const err = await new Response(child.stderr).text();
    interrupted = true;
    expect(await child.exited).toBe(130);
    expect(err).toContain('hy3d: Stopped; the same command goes on from here.');
    expect(existsSync(weightsPath())).toBe(false);
    expect(await stateOf()).toBe('incomplete');
    expect((await pull()).code).toBe(0);
    expect(hub.requests.filter(({ path }) => path.includes(`${DIT}/model`)).at(-1)?.range).toBe('bytes=400000-');
    expect(new Uint8Array(readFileSync(weightsPath()))).toEqual(new Uint8Array(WEIGHTS));
  });

  test('goes on after it was killed', async () => {
    hub.cuts = [undefined, 400_000];
    let killed = false;
    hub.beforeCut = async () => {
      await until('a part is there', () => existsSync(`${weightsPath()}.part`));
      child.kill('SIGKILL');
      await until('the process has ended', () => killed);
    };
    const child = start(['pull', 'tiny', '--accept-licence']);
    await child.exited;
    killed = true;
    expect(existsSync(weightsPath())).toBe(false);
    expect((await pull()).code).toBe(0);
    expect(await stateOf()).toBe('installed');
  });

  test('takes the files from a folder', async () => {
    const { code, err } = await run(['pull', 'tiny', '--from', FIXTURES, '--accept-licence', '--no-optional']);
    expect(err).not.toContain(VAE);
    expect(code).toBe(0);
    expect(hub.requests).toEqual([]);
    expect((await run(['verify', 'tiny'])).out).toMatch(new RegExp(`right +${WEIGHTS_FILE}`));
  });

  test('refuses wrong bytes and leaves nothing of them', async () => {
    hub.files[WEIGHTS_FILE] = WEIGHTS.map((byte, i) => (i === 99 ? byte ^ 1 : byte));
    const { code, err } = await pull();
    expect(code).toBe(1);
    expect(err).toContain('wrong bytes');
    expect(existsSync(weightsPath())).toBe(false);
    expect(existsSync(`${weightsPath()}.part`)).toBe(false);
  });

  test.each<[string, number[], Record<string, string>, number, string]>([
    ['a gated repository', [401], {}, 1, 'set HF_TOKEN'],
    ['a file that is not there', [404], {}, 1, 'at revision main'],
    ['a hub that is no address', [], { HF_ENDPOINT: 'huggingface' }, 2, 'HF_ENDPOINT: expected a URL'],
  ])('explains %s in one line', async (_, statuses, env, code, message) => {
    hub.statuses = statuses;
    const result = await pull(env);
    expect(result.code).toBe(code);
    expect(result.err.trim().split('\n').at(-1)).toMatch(/^hy3d: /);
    expect(result.err).toContain(message);
  });

  test('names all models where there is none of the name', async () => {
    const { code, err } = await run(['pull', 'hunyuan3d-9']);
    expect(code).toBe(2);
    for (const { name } of PUBLISHED_MODELS) expect(err).toContain(name);
  });

  test('says which entry of manifest.json is wrong', async () => {
    writeFileSync(join(modelsDir, 'manifest.json'), JSON.stringify({ models: [{ name: 'x' }] }));
    const { code, err } = await run(['list']);
    expect(code).toBe(1);
    expect(err).toContain('models.0.repo');
  });
});

describe('hy3d models verify and rm', () => {
  test('verify finds a damaged file, and pull mends it', async () => {
    await pull();
    writeFileSync(
      weightsPath(),
      WEIGHTS.map((byte, i) => (i === 700_000 ? byte ^ 1 : byte)),
    );
    const verified = await run(['verify', 'tiny']);
    expect(verified.code).toBe(1);
    expect(verified.out).toMatch(new RegExp(`^WRONG +${WEIGHTS_FILE}`, 'm'));
    expect(verified.err).toContain('hy3d models pull tiny');
    await pull();
    expect((await run(['verify', 'tiny'])).code).toBe(0);
  });

  test('verify names what is missing', async () => {
    const { code, out } = await run(['verify', 'tiny']);
    expect(code).toBe(1);
    expect(out).toMatch(new RegExp(`^MISSING +${WEIGHTS_FILE}`, 'm'));
  });

  test('rm leaves nothing but the manifest', async () => {
    await pull();
    const { code, out } = await run(['rm', 'tiny']);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Removed tiny: \d+ kB freed\n$/) });
    expect(await stateOf()).toBe('missing');
    expect(existsSync(join(modelsDir, 'acme'))).toBe(false);
    expect((await run(['rm', 'tiny'])).out).toBe('Nothing of tiny was installed\n');
  });
});
