/** The executable of `bun run build`, alone on a machine without Bun, Node and packages. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { hostTarget } from '../../src/build/build-target.ts';
import { findEmbeddedPaths } from '../../src/build/embedded-paths.ts';
import { EXTRA_FORMATS } from '../../src/protocol/formats.ts';
import { ApiClient } from '../helpers/api-client.ts';
import { createEmptyMachine, type EmptyMachine, SYSTEM_PATH } from '../helpers/empty-machine.ts';
import { modelEntry } from '../helpers/model-entries.ts';
import { validateGlb } from '../helpers/validate-glb.ts';

const ROOT = resolve(import.meta.dir, '../..');
const FIXTURES = join(import.meta.dir, '../fixtures/hunyuan');
const ROBOT = join(ROOT, 'src/web/examples/robot/front.png');
const SMALL = { engine: 'hull', face_count: 2000, texture_size: 512, formats: [...EXTRA_FORMATS] };
const target = hostTarget();
const why = target === undefined ? ' (skipped: there are no native libraries for this platform)' : '';

describe.skipIf(target === undefined)(`the executable, copied alone into an empty folder${why}`, () => {
  const buildDir = mkdtempSync(join(tmpdir(), 'hy3d-executable-'));
  const executable = join(buildDir, 'hy3d');
  let machine: EmptyMachine;

  beforeAll(() => {
    const build = Bun.spawnSync([process.execPath, 'src/build/main.ts', '--outfile', executable], { cwd: ROOT });
    if (build.exitCode !== 0) throw new Error(`the build failed: ${build.stderr}`);
    const addons = target ? findEmbeddedPaths(ROOT, target).filter((path) => /\.(node|so)/.test(path)) : [];
    machine = createEmptyMachine(
      executable,
      addons.map((path) => join(ROOT, path)),
    );
  }, 60_000);
  afterAll(() => {
    rmSync(buildDir, { recursive: true, force: true });
    if (machine) rmSync(dirname(machine.appDir), { recursive: true, force: true });
  });

  function start(args: string[], env: Record<string, string> = {}) {
    return Bun.spawn([...machine.command, ...args], {
      cwd: machine.appDir,
      env: { ...SYSTEM_PATH, HOME: machine.insideDir, ...env },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
  }

  async function run(args: string[], env?: Record<string, string>) {
    const child = start(args, env);
    const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    return { code: await child.exited, out, err };
  }

  async function glbErrors(path: string): Promise<number> {
    return (await validateGlb(readFileSync(path))).errors;
  }

  test('tells its version without unpacking anything', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: `${packageJson.version}\n` });
    expect(readdirSync(machine.appDir)).toEqual(['hy3d']);
  });

  test('names no folder of the machine that built it', () => {
    expect(readFileSync(executable).includes(ROOT)).toBe(false);
  });

  test('processes that start together unpack once, whole, and leave nothing else', async () => {
    const cache = `${machine.insideDir}/together`;
    const runs = await Promise.all(Array.from({ length: 4 }, () => run(['unpack'], { HY3D_CACHE: cache })));
    expect(new Set(runs.map(({ code, out }) => `${code} ${out}`)).size).toBe(1);
    const [folder, lock] = readdirSync(join(machine.appDir, 'together')).sort();
    expect(folder).toStartWith(`${packageJson.version}-`);
    expect(lock).toBe('unpack.lock');
    expect(runs[0]?.out.trim()).toBe(
      `${cache}/${folder}/node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
    );
    rmSync(join(machine.appDir, 'together'), { recursive: true });
  });

  test('a cache folder that cannot be written is a clear error of the command, not of a worker', async () => {
    const { code, err } = await run(['serve', '--port', '0'], { HY3D_CACHE: `${machine.insideDir}/hy3d/cache` });
    expect(code).toBe(1);
    expect(err).toMatch(/^hy3d: The executable must unpack its libraries once .* Set HY3D_CACHE to a folder/);
  });

  test('hy3d demo makes a model and a page that shows it', async () => {
    const { code, out, err } = await run(['demo', '--face-count', '2000', '--texture-size', '512']);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Make more: ./hy3d serve');
    expect(await glbErrors(join(machine.appDir, 'out/demo/model.glb'))).toBe(0);
    expect(readFileSync(join(machine.appDir, 'out/demo/view.html'), 'utf8')).toContain('customElements');
  }, 60_000);

  test('hy3d generate makes a model of a picture', async () => {
    copyFileSync(ROBOT, join(machine.appDir, 'robot.png'));
    const flags = ['--face-count', '2000', '--no-texture'];
    const { code, err } = await run(['generate', 'robot.png', '-o', 'robot.glb', ...flags]);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(await glbErrors(join(machine.appDir, 'robot.glb'))).toBe(0);
  }, 60_000);

  test('hy3d generate runs a network in the thread of its worker', async () => {
    const name = 'tiny-2.1';
    const paths = { config: 'hunyuan3d-dit-v2-1/config.yaml', weights: 'hunyuan3d-dit-v2-1/model.fp16.ckpt' };
    const files = Object.entries(paths).map(([role, path]) => ({ role: role as keyof typeof paths, path }));
    const weightsDir = join(machine.appDir, 'models/weights');
    cpSync(join(FIXTURES, 'hunyuan3d-2.1-tiny'), join(weightsDir, 'acme', name), { recursive: true });
    const models = [modelEntry({ name, repo: `acme/${name}`, files })];
    writeFileSync(join(weightsDir, 'manifest.json'), JSON.stringify({ models }));
    copyFileSync(join(FIXTURES, 'images/single.png'), join(machine.appDir, 'single.png'));
    const steps = ['--num-inference-steps', '3', '--octree-resolution', '48', '--seed', '7', '--no-texture'];
    const { code, err } = await run(['generate', 'single.png', '-o', 'network.glb', '--engine', name, ...steps]);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(await glbErrors(join(machine.appDir, 'network.glb'))).toBe(0);
  }, 60_000);

  test('hy3d serve serves its pages, makes a model in every format over HTTP and ends when asked to', async () => {
    const server = start(['serve', '--port', '0', '--log-level', 'warn']);
    const reader = server.stdout.getReader();
    let line = '';
    while (!line.includes('\n')) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`serve ended: ${await new Response(server.stderr).text()}`);
      line += new TextDecoder().decode(value);
    }
    reader.releaseLock();
    const origin = `http://127.0.0.1:${/localhost:(\d+)/.exec(line)?.[1]}`;
    try {
      const pages = [
        '/',
        '/docs',
        '/openapi.json',
        '/metrics',
        '/api/ready',
        '/assets/app.js',
        '/assets/examples/robot/front.png',
      ];
      const packages = ['/assets/model-viewer.min.js', '/assets/swagger-ui.js', '/assets/swagger-ui.css'];
      for (const path of [...pages, ...packages]) {
        const response = await fetch(origin + path);
        expect({ path, status: response.status, isEmpty: (await response.bytes()).length === 0 }).toEqual({
          path,
          status: 200,
          isEmpty: false,
        });
      }
      expect(await run(['health', '--port', new URL(origin).port])).toMatchObject({ code: 0 });

      const client = new ApiClient(origin);
      const front = readFileSync(ROBOT).toString('base64');
      const status = await client.waitForEnd(await client.generate({ images: { front }, options: SMALL }));
      expect({ status: status.status, error: status.error }).toEqual({ status: 'completed', error: undefined });
      expect(Object.keys(status.model_urls ?? {})).toEqual(expect.arrayContaining([...EXTRA_FORMATS]));
    } finally {
      server.kill('SIGTERM');
    }
    expect(await server.exited).toBe(0);
  }, 60_000);

  test('hy3d doctor finds that everything works, and the network runtime sends no telemetry', async () => {
    const { code, out } = await run(['doctor', '--json', '--port', '0']);
    const checks: Array<{ name: string; result: string; detail: string }> = JSON.parse(out);
    expect(checks.filter(({ result }) => result === 'fails')).toEqual([]);
    expect(checks.map(({ name }) => name)).toContain('networks on cpu');
    expect(code).toBe(0);
    // ONNX Runtime would put a device id and a database beside ours.
    expect(readdirSync(join(machine.appDir, '.cache'))).toEqual(['hy3d']);
  });

  test('hy3d licenses prints what the build put beside it, from the program itself to its last part', async () => {
    const { code, out } = await run(['licenses']);
    expect(code).toBe(0);
    expect(out).toBe(readFileSync(`${executable}-THIRD-PARTY-LICENSES.txt`, 'utf8'));
    for (const text of [`hy3d ${packageJson.version} for ${target}`, `Bun ${Bun.version}: MIT`, 'libvips', 'zod']) {
      expect(out).toContain(text);
    }
  });

  test('hy3d models list reads the built-in manifest', async () => {
    expect(await run(['models', 'list'])).toMatchObject({ code: 0, out: expect.stringContaining('hunyuan3d-2.1') });
  });

  test('hy3d bench says that it needs the source', async () => {
    const { code, err } = await run(['bench', 'speed', '--runs', '1']);
    expect(code).toBe(2);
    expect(err).toContain('need a checkout of the source');
  });

  test('a port on which nothing answers is not healthy', async () => {
    const { code, err } = await run(['health', '--port', '1']);
    expect(code).toBe(1);
    expect(err).toContain('No healthy server at http://127.0.0.1:1/api/health');
    expect(existsSync(join(machine.appDir, 'node_modules'))).toBe(false);
  });
});
