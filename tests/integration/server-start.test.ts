/** The whole server as a process: what it answers before it is ready, and what it says about who may use it. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiKey } from '../../src/http/access/api-keys.ts';

setDefaultTimeout(60_000);

const MAIN = join(import.meta.dir, '../../src/main.ts');
const PICTURE = join(import.meta.dir, '../../src/web/examples/robot/front.png');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hy3d-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server process whose log is collected; `await using` ends it. */
function serve(args: string[], env: Record<string, string> = {}) {
  const logFile = join(folder, `log-${crypto.randomUUID()}`);
  const child = Bun.spawn([process.execPath, MAIN, 'serve', '--data', join(folder, 'data'), ...args], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: Bun.file(logFile),
  });
  const isReady = child.stdout.getReader().read();
  return {
    ready: async () => /ready at (\S+)/.exec(new TextDecoder().decode((await isReady).value))?.[1] ?? '',
    log: async () => {
      const lines = (await Bun.file(logFile).text()).split('\n').filter(Boolean);
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    logText: () => Bun.file(logFile).text(),
    exitCode: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(20);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createServer().listen(0, '127.0.0.1', () => {
      const address = socket.address();
      socket.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('answers that it is starting while it looks for devices, then that it is ready', async () => {
  // A driver tool that answers only when it is let.
  const release = join(folder, 'release');
  const tool = join(folder, 'nvidia-smi');
  writeFileSync(tool, `#!/bin/sh\nwhile [ -e '${tool}' ] && [ ! -e '${release}' ]; do sleep 0.02; done\nexit 9\n`);
  chmodSync(tool, 0o755);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  await using server = serve(['--port', String(port)], { PATH: `${folder}:${process.env.PATH}` });

  const starting = await eventually('the server listens', () => fetch(`${origin}/api/ready`).catch(() => undefined));
  expect(starting.status).toBe(503);
  expect(await starting.json()).toMatchObject({ status: 'starting' });
  expect((await fetch(`${origin}/api/health`)).status).toBe(200);
  expect((await fetch(`${origin}/api/jobs`)).status).toBe(503);

  writeFileSync(release, '');
  await server.ready();
  const ready = await fetch(`${origin}/api/ready`);
  expect([ready.status, await ready.json()]).toEqual([200, expect.objectContaining({ status: 'ready' })]);
});

describe('who may use the server', () => {
  const [first, second] = [createApiKey('first'), createApiKey('second')];
  const isWarning = (line: Record<string, unknown>) => String(line.msg).includes('no API keys are set up');

  test('a server on the network without keys warns, one on loopback does not', async () => {
    {
      await using open = serve(['--port', '0', '--gpus', 'none', '--host', '0.0.0.0']);
      await open.ready();
      expect((await open.log()).filter(isWarning)).toHaveLength(1);
    }
    await using closed = serve(['--port', '0', '--gpus', 'none']);
    await closed.ready();
    expect((await closed.log()).filter(isWarning)).toEqual([]);
  });

  test('with keys it does not warn, lets nobody else in, and notices a key that is taken away', async () => {
    const file = join(folder, 'keys.txt');
    writeFileSync(file, `${first.line}\n${second.line}\n`);
    await using server = serve(['--port', '0', '--gpus', 'none', '--host', '0.0.0.0', '--api-keys', file]);
    const origin = await server.ready();
    expect((await server.log()).filter(isWarning)).toEqual([]);
    const statusFor = async (key: string) =>
      (await fetch(`${origin}/api/jobs`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect((await fetch(`${origin}/api/jobs`)).status).toBe(401);
    expect([await statusFor(first.key), await statusFor(second.key)]).toEqual([200, 200]);

    writeFileSync(file, `${second.line}\n`);
    await eventually('the first key is refused', async () => (await statusFor(first.key)) === 401 || undefined);
    expect(await statusFor(second.key)).toBe(200);
  });

  test('a key file that cannot be used stops the start with a sentence', async () => {
    await using server = serve(['--port', '0', '--api-keys', join(folder, 'missing.txt')]);
    expect(await server.exitCode).not.toBe(0);
    expect(await server.logText()).toMatch(/^hy3d: The API keys in .*missing\.txt cannot be used: /);
  });
});

test('a request and its job stand in the log with the id that the client chose', async () => {
  await using server = serve(['--port', '0', '--gpus', 'none', '--log-level', 'debug']);
  const origin = await server.ready();
  const front = Buffer.from(await Bun.file(PICTURE).bytes()).toString('base64');
  const headers = { 'content-type': 'application/json', 'x-request-id': 'from-the-proxy' };
  const response = await fetch(`${origin}/api/generate`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ images: { front } }),
  });
  expect(response.headers.get('x-request-id')).toBe('from-the-proxy');
  const { job_id: jobId } = (await response.json()) as { job_id: string };
  await fetch(`${origin}/api/jobs/${jobId}`, { method: 'DELETE' });
  const lines = (await server.log()).filter(({ requestId }) => requestId === 'from-the-proxy');
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'job queued', jobId }));
  expect(lines).toContainEqual(expect.objectContaining({ msg: 'request answered', method: 'POST', status: 200 }));
});
