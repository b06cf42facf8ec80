/** Requests that another program makes up from the OpenAPI document, good and hostile ones. */
import { expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { EXAMPLE_REQUEST } from '../../src/http/openapi/example-request.ts';
import { JobWebhooks } from '../../src/webhooks/job-webhooks.ts';
import { listenTestServer } from '../helpers/listen-test-server.ts';

setDefaultTimeout(300_000);

/** From PyPI; the project does not depend on it. */
const command = Bun.which('schemathesis');
const FIXTURES_DIR = join(import.meta.dir, '../fixtures/schemathesis');
const SEED = Math.floor(Math.random() * 1e9);

test.skipIf(!command)(
  `no made-up request gets an answer that the document does not allow (${
    command ? `seed ${SEED}` : 'skipped: there is no schemathesis on the PATH'
  })`,
  async () => {
    const deliveries = { add() {}, close: async () => {} };
    // Made-up requests name the server itself too.
    const allow = { hasHost: () => true, hasAddress: () => true };
    const webhooks = new JobWebhooks(deliveries, allow, pino({ level: 'silent' }));
    await using server = listenTestServer({}, { webhooks });
    server.jobs.completeAtOnce = new Uint8Array(1000);
    const cwd = mkdtempSync(join(tmpdir(), 'hy3d-schemathesis-'));
    try {
      const run = Bun.spawn(
        [
          command ?? '',
          ...['--config-file', join(FIXTURES_DIR, 'schemathesis.toml')],
          'run',
          `${server.origin}/openapi.json`,
          // Another protocol, whose messages OpenAPI cannot describe.
          ...['--exclude-path', '/mcp'],
          ...['--checks', 'all', '--max-examples', '25', '--seed', String(SEED), '--no-color'],
        ],
        {
          cwd,
          env: {
            ...process.env,
            PYTHONPATH: FIXTURES_DIR,
            PYTHONDONTWRITEBYTECODE: '1',
            SCHEMATHESIS_HOOKS: 'formats',
            PICTURE: EXAMPLE_REQUEST.images.front,
          },
          stdout: 'pipe',
          stderr: 'inherit',
        },
      );
      const report = await run.stdout.text();
      if ((await run.exited) !== 0) throw new Error(report);
      expect(report).toContain('Seed:');
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
    expect(server.faults).toEqual([]);
    expect(server.jobs.inputs.length).toBeGreaterThan(5);
  },
);
