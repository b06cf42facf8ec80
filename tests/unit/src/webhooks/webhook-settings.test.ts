import { expect, test } from 'bun:test';
import { ConfigError, loadConfig } from '../../../../src/config.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const load = (env: Record<string, string>) => loadConfig({}, { env });

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('webhooks are off by default, and on only with a secret', () => {
  expect(load({}).webhooks).toBe('off');
  expect(load({ HY3D_WEBHOOKS: 'on', HY3D_WEBHOOK_SECRET: SECRET }).webhookSecrets).toHaveLength(1);
  expect(problemsOf({ HY3D_WEBHOOKS: 'on' })).toEqual([
    '--webhooks: expected HY3D_WEBHOOK_SECRET to be set, for webhooks are always signed',
  ]);
});

test('two secrets count while one replaces the other', () => {
  expect(load({ HY3D_WEBHOOK_SECRET: `${SECRET}, ${SECRET}` }).webhookSecrets).toHaveLength(2);
});

test('a secret that cannot be used is not shown', () => {
  const problems = problemsOf({ HY3D_WEBHOOK_SECRET: 'whsec_hunter2' });
  expect(problems).toHaveLength(1);
  expect(problems.join()).toContain('expected whsec_');
  expect(problems.join()).not.toContain('hunter2');
});

test('the allow list is checked when the server starts', () => {
  expect(load({ HY3D_WEBHOOK_ALLOW: '10.0.0.0/8' }).webhookAllow.hasAddress('10.1.2.3')).toBe(true);
  expect(problemsOf({ HY3D_WEBHOOK_ALLOW: 'http://hooks.lan' })).toEqual([
    'HY3D_WEBHOOK_ALLOW: expected host names and address blocks like hooks.lan, 10.1.0.0/16, got "http://hooks.lan"',
  ]);
});
