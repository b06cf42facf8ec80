import { afterAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgressDisplay } from '../../../../src/cli/progress-display.ts';
import { type LocalJobDeps, runLocalJob } from '../../../../src/cli/run-local-job.ts';
import { loadConfig } from '../../../../src/config.ts';
import { createLog } from '../../../../src/log.ts';
import { GenerateOptionsSchema } from '../../../../src/protocol/options.ts';
import { createSpawnWorker } from '../../../../src/worker-process/spawn-worker.ts';
import { pngOf } from '../../../helpers/picture-bytes.ts';

const dir = mkdtempSync(join(tmpdir(), 'hy3d-cli-test-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const front = join(dir, 'front.png');
writeFileSync(front, pngOf(32, 32));
const options = GenerateOptionsSchema.parse({});

/** Runs with a worker of tests/fixtures/workers. */
function run(
  worker: string,
  pictures: Parameters<typeof runLocalJob>[0]['pictures'],
  out: string,
  signal?: AbortSignal,
) {
  const command = [process.execPath, join(import.meta.dir, '../../../fixtures/workers', `${worker}.ts`)];
  let progress = '';
  const write = (text: string) => {
    progress += text;
  };
  const deps: LocalJobDeps = {
    config: loadConfig({ gpus: 'none', modelsDir: dir }, { env: { TMPDIR: dir } }),
    log: createLog('silent'),
    display: createProgressDisplay({ write }),
    signal: signal ?? new AbortController().signal,
    spawnWorker: createSpawnWorker({ command, env: process.env }),
  };
  const outputs = { glb: join(dir, out, 'a.glb'), report: join(dir, out, 'b.json') };
  return { finished: runLocalJob({ pictures, options, outputs }, deps), outputs, progress: () => progress };
}

const dataFolders = () => readdirSync(tmpdir()).filter((name) => /^hy3d-[^-]{6}$/.test(name));

describe('runLocalJob', () => {
  test('runs a real worker process, copies what was asked for and shows the stages', async () => {
    const before = dataFolders();
    const { finished, outputs, progress } = run('ok', { front }, 'good/folder');
    expect(await finished).toMatchObject({ state: 'completed', summary: { faces: 2 } });
    expect(readFileSync(outputs.glb, 'utf8')).toBe('glTF');
    expect(existsSync(outputs.report)).toBe(true);
    expect(readdirSync(join(dir, 'good/folder')).sort()).toEqual(['a.glb', 'b.json']);
    expect(progress()).toContain('decode\n');
    expect(dataFolders()).toEqual(before);
  });

  test('a job that fails gives its code and leaves nothing', async () => {
    const before = dataFolders();
    const { finished, outputs } = run('reports-error', { front }, 'bad');
    await expect(finished).rejects.toMatchObject({ name: 'AppError', code: 'image.no_object' });
    expect(existsSync(outputs.glb)).toBe(false);
    expect(dataFolders()).toEqual(before);
  });

  test('an abort cancels the job and ends its process', async () => {
    const interrupt = new AbortController();
    const { finished } = run('until-released', { front }, 'cancelled', interrupt.signal);
    setTimeout(() => interrupt.abort(), 100);
    await expect(finished).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a picture that is missing or none is a wrong usage that names it', async () => {
    const missing = run('ok', { front: join(dir, 'nope.png') }, 'x').finished;
    await expect(missing).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('nope.png') });
    const text = join(dir, 'text.png');
    writeFileSync(text, 'hello');
    const noPicture = run('ok', { front, left: text }, 'x').finished;
    await expect(noPicture).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(/^left \(.*text\.png\): expected a PNG/),
    });
  });
});
