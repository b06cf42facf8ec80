/** The Dockerfile, the compose file and the systemd unit, as far as they can be tried without their engines. */
import { describe, expect, test } from 'bun:test';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { hostTarget } from '../../src/build/build-target.ts';
import { CONFIG_TABLE } from '../../src/config.ts';
import { type DockerStage, readDockerfile } from '../helpers/read-dockerfile.ts';
import { runDockerStage } from '../helpers/run-docker-stage.ts';

const ROOT = resolve(import.meta.dir, '../..');
const DEPLOY_DIR = join(ROOT, 'src/deploy');
const dockerfile = join(ROOT, 'Dockerfile');
const stages = readDockerfile(readFileSync(dockerfile, 'utf8'));
const unit = readFileSync(join(DEPLOY_DIR, 'hy3d.service'), 'utf8');
const knownSettings = CONFIG_TABLE.map(({ env }) => env);

function texts(stage: DockerStage | undefined, name: string): string[] {
  return stage?.instructions.filter((instruction) => instruction.name === name).map(({ text }) => text) ?? [];
}

describe('the Dockerfile', () => {
  const build = stages.find(({ name }) => name === 'build');
  const last = stages.at(-1);

  test('names every image with a version, that of Bun being the pinned one', () => {
    const names = stages.map(({ name }) => name);
    const images = stages
      .map(({ base }) => base)
      .filter((base) => !base.startsWith('runtime-') && !names.includes(base));
    expect(images.length).toBe(3);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/);
    expect(build?.base).toBe(`oven/bun:${packageJson.devDependencies.bun}-debian`);
  });

  test('runs as a user by number, with a health check and volumes, and without a shell', () => {
    expect(texts(last, 'USER')).toEqual(['65532:65532']);
    expect(texts(last, 'RUN')).toEqual([]);
    expect(JSON.parse(texts(last, 'VOLUME')[0] ?? '')).toEqual(['/data', '/models']);
    for (const name of ['ENTRYPOINT', 'CMD']) expect(Array.isArray(JSON.parse(texts(last, name)[0] ?? ''))).toBe(true);
    const [, check = ''] = /CMD (.*)$/.exec(texts(last, 'HEALTHCHECK')[0] ?? '') ?? [];
    expect(JSON.parse(check)).toEqual(['/usr/local/bin/hy3d', 'health']);
  });

  test('sets only what the program reads, and copies only what .dockerignore lets through', () => {
    const names = texts(last, 'ENV').flatMap((text) => [...text.matchAll(/(\w+)=/g)].map(([, name]) => name ?? ''));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(knownSettings).toContain(name);
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const copied = texts(build, 'COPY').flatMap((text) => text.split(/\s+/).slice(0, -1));
    for (const path of copied) expect(allowed).toContain(`!${path}`);
  });

  const hadolint = Bun.which('hadolint');
  test.skipIf(!hadolint)(`passes hadolint${hadolint ? '' : ' (skipped: hadolint is not installed)'}`, () => {
    expect(Bun.spawnSync([hadolint ?? '', dockerfile]).stdout.toString()).toBe('');
  });

  const target = hostTarget();
  const why = target === undefined ? ' (skipped: there are no native libraries for this platform)' : '';
  test.skipIf(target === undefined)(
    `its build steps, run without a container, make what it copies from them${why}`,
    () => {
      const root = mkdtempSync(join(tmpdir(), 'hy3d-docker-'));
      try {
        if (!build) throw new Error('there is no stage called build');
        runDockerStage(build, { context: ROOT, root, folders: ['src', 'out'], args: { ACCELERATOR: 'cpu' } });
        const sources = texts(last, 'COPY').map((text) => text.split(/\s+/).at(-2) ?? '');
        expect(sources).toContain('/out/hy3d');
        for (const source of sources)
          expect({ source, exists: existsSync(join(root, source)) }).toMatchObject({ exists: true });

        // In the container another user runs it.
        const unreadable = Bun.spawnSync(['find', join(root, 'out'), '!', '-perm', '-o=r']);
        expect(unreadable.stdout.toString()).toBe('');
        copyFileSync(join(root, 'out/hy3d'), join(root, 'hy3d'));
        rmSync(join(root, 'src'), { recursive: true });
        const { exitCode, stdout } = Bun.spawnSync([join(root, 'hy3d'), 'worker', '--probe', 'cpu'], {
          cwd: join(root, 'out/data'),
          env: { HY3D_CACHE: join(root, 'out/cache'), ORT_DISABLE_TELEMETRY: '1' },
        });
        expect({ exitCode, probe: JSON.parse(stdout.toString()) }).toMatchObject({
          exitCode: 0,
          probe: { starts: true },
        });
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

test('the compose file builds the Dockerfile for a GPU, reserves one and takes away what is not needed', () => {
  const { services, volumes } = Bun.YAML.parse(readFileSync(join(DEPLOY_DIR, 'compose.yaml'), 'utf8')) as {
    services: Record<string, Record<string, unknown>>;
    volumes: Record<string, unknown>;
  };
  const service = services.hy3d;
  expect(service).toMatchObject({
    build: { context: '../..', args: { ACCELERATOR: 'cuda' } },
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    deploy: { resources: { reservations: { devices: [{ driver: 'nvidia', capabilities: ['gpu'] }] } } },
  });
  expect(stages.map(({ name }) => name)).toContain('runtime-cuda');
  expect(existsSync(resolve(DEPLOY_DIR, '../..', 'Dockerfile'))).toBe(true);
  const mounts = ((service?.volumes ?? []) as string[]).map((mount) => mount.split(':'));
  expect(mounts.map(([name]) => name ?? '')).toEqual(Object.keys(volumes));
  expect(mounts.map(([, path]) => path)).toEqual(JSON.parse(texts(stages.at(-1), 'VOLUME')[0] ?? ''));
});

describe('the systemd unit', () => {
  test('sets only what the program reads and gives jobs their time to finish', () => {
    const names = [...unit.matchAll(/(HY3D_\w+)=(?!value)/g)].map(([, name]) => name ?? '');
    expect(names).toContain('HY3D_CACHE');
    for (const name of names) expect(knownSettings).toContain(name);
    const grace = CONFIG_TABLE.find(({ env }) => env === 'HY3D_SHUTDOWN_GRACE')?.default;
    const stopSeconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
    expect(stopSeconds).toBeGreaterThan(Number.parseInt(grace ?? '', 10) + 5);
  });

  const analyze = Bun.which('systemd-analyze');
  test.skipIf(!analyze)(`is valid and hardened${analyze ? '' : ' (skipped: systemd-analyze is not installed)'}`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'hy3d-unit-'));
    try {
      const path = join(dir, 'hy3d.service');
      writeFileSync(path, unit.replace('/usr/local/bin/hy3d serve', '/bin/true'));
      const verify = Bun.spawnSync([analyze ?? '', 'verify', path]);
      expect({ exitCode: verify.exitCode, err: verify.stderr.toString() }).toEqual({ exitCode: 0, err: '' });
      // Tenths of the exposure level of systemd, of 100; 20 and less reads "OK".
      const security = Bun.spawnSync([
        analyze ?? '',
        'security',
        '--offline=true',
        '--threshold=20',
        '--no-pager',
        path,
      ]);
      expect(security.exitCode).toBe(0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
