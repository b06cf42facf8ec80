import { expect, test } from 'bun:test';
import { resolve } from 'node:path';

const LOG = resolve(import.meta.dir, '../../../src/log.ts');

test('the log writes one JSON line each to stderr, with the job and no line break of a client, and loses none', () => {
  const script = `const { createLog } = await import(${JSON.stringify(LOG)});
    const log = createLog('info').child({ jobId: 'a' });
    log.debug('unimportant');
    log.info({ name: 'x\\n{"level":60}' }, 'job queued');
    log.error({ err: new Error('broken') }, 'failed');
    process.exit(0);`;
  const { stdout, stderr } = Bun.spawnSync([process.execPath, '-e', script]);
  expect(stdout.toString()).toBe('');
  const lines = stderr
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { level: 30, jobId: 'a', name: 'x\n{"level":60}', msg: 'job queued' },
    { level: 50, jobId: 'a', err: { message: 'broken' }, msg: 'failed' },
  ]);
});
