import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dir, '../../src/main.ts');
const dir = mkdtempSync(join(tmpdir(), 'hy3d-cli-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function start(...args: string[]) {
  return Bun.spawn([process.execPath, MAIN, ...args], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, TMPDIR: dir, CUDA_VISIBLE_DEVICES: '' },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

async function run(...args: string[]) {
  const child = start(...args);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

/** Starts `serve` and waits for its line. */
async function serve(...args: string[]) {
  const child = start('serve', '--log-level', 'warn', ...args);
  const reader = child.stdout.getReader();
  let out = '';
  while (!out.includes('\n')) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`serve ended: ${await new Response(child.stderr).text()}`);
    out += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  const port = Number(/localhost:(\d+)/.exec(out)?.[1]);
  return { child, out, port, origin: `http://127.0.0.1:${port}` };
}

describe('hy3d --help', () => {
  test('lists the commands with examples, but not the worker', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const command of ['serve', 'generate', 'demo', 'doctor', 'bench'])
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect(out).toContain('Examples:');
    expect(out).not.toContain('worker');
  });

  test.each(['serve', 'generate', 'demo', 'doctor', 'bench'])(
    '%s has a help of its own with examples',
    async (command) => {
      const { code, out } = await run(command, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Usage: hy3d ${command}`);
      expect(out).toContain('Examples:');
    },
  );
});

describe('wrong usage exits with 2 and one clear message', () => {
  test.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['serve', '--prot', '1'], "unknown option '--prot'"],
    [['generate', '-o', 'a.glb'], "missing required argument 'front'"],
    [['generate', 'a.png'], "required option '-o, --output <file>' not specified"],
    [['generate', 'a.png', '-o', 'a.glb'], 'front: the picture a.png cannot be read'],
    [['generate', 'a.png', '-o', 'a.glb', '--face-count', '1'], '--face-count: expected a whole number from 100'],
    [['serve', '--port', 'x', '--gpus', 'y'], '  --gpus: expected auto, none, or different GPU indices'],
    [['demo', '--object', 'dragon'], '--object: expected one of the bundled objects ('],
  ])('hy3d %p', async (args, message) => {
    const { code, err } = await run(...args);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(code).toBe(2);
  });
});

describe('hy3d serve', () => {
  test('says that it is ready, answers, and ends cleanly on SIGTERM', async () => {
    const { child, out, origin } = await serve('--port', '0', '--data', join(dir, 'a'));
    expect(out).toMatch(/^hy3d is ready at http:\/\/localhost:\d+ \(1 CPU slot\)\n$/);
    expect(await (await fetch(`${origin}/api/ready`)).json()).toMatchObject({ status: 'ready' });
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
    await expect(fetch(`${origin}/api/health`)).rejects.toThrow();
  });

  test('a port that is taken gives one line that says what to do', async () => {
    const { child, port } = await serve('--port', '0', '--data', join(dir, 'b'));
    const second = await run('serve', '--port', String(port), '--data', join(dir, 'c'));
    child.kill('SIGINT');
    expect(second.code).toBe(1);
    expect(second.err).toContain(`Port ${port} on 127.0.0.1 is taken by another program`);
    expect(second.err).toContain('--port');
    expect(await child.exited).toBe(0);
  });

  test('a data folder that another server uses is refused', async () => {
    const { child } = await serve('--port', '0', '--data', join(dir, 'd'));
    const second = await run('serve', '--port', '0', '--data', join(dir, 'd'));
    child.kill('SIGTERM');
    expect(second.code).toBe(1);
    expect(second.err).toContain('is another server using it?');
    expect(second.err).not.toContain('    at ');
    await child.exited;
  });
});

test('output that is not read to its end is no failure', async () => {
  const command = `"${process.execPath}" "${MAIN}" serve --help | head -1; echo "\${PIPESTATUS[0]}"`;
  const shell = Bun.spawn(['bash', '-c', command], { stdout: 'pipe', stderr: 'pipe' });
  expect(await new Response(shell.stderr).text()).toBe('');
  expect(await new Response(shell.stdout).text()).toBe('Usage: hy3d serve [options]\n0\n');
});

describe('hy3d doctor', () => {
  test('checks everything and says that this machine works', async () => {
    const { code, out } = await run('doctor', '--json', '--port', '0');
    const checks = JSON.parse(out) as Array<{ name: string; result: string; detail: string }>;
    expect(checks.filter((check) => check.result === 'fails')).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual([
      'Bun',
      'memory',
      'sharp (pictures)',
      'worker process',
      'devices',
      'networks on cpu',
      'network weights',
      'data folder',
      'temporary folder',
      'port',
      'settings',
    ]);
    expect(code).toBe(0);
  });

  test('says what does not work and what to do', async () => {
    using taken = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('something else') });
    const { code, out } = await run('doctor', '--port', String(taken.port), '--data', '/proc/nowhere');
    expect(code).toBe(1);
    expect(out).toMatch(/✗ data folder .*\n +-> Choose another folder with --data/);
    expect(out).toMatch(/✗ port .* is taken .*\n +-> Choose another one with --port/);
    expect(out).toContain('2 of 11 must be mended first.');
  });
});
