import { describe, expect, test } from 'bun:test';
import { Hono } from 'hono';
import { createStartingRoutes } from '../../../../src/http/health-routes.ts';
import { readinessOf } from '../../../../src/http/readiness.ts';

type State = 'idle' | 'busy' | 'quarantined';

function readiness(states: State[], stats: { queued?: number; draining?: boolean } = {}) {
  const devices = states.map((state, index) => ({ kind: 'cuda', index, name: 'GPU', state }) as const);
  return readinessOf({ queued: 0, queueLimit: 2, processing: 0, draining: false, workers: [], ...stats, devices });
}

describe('readinessOf', () => {
  test('one idle device is enough, while there is room in the queue', () => {
    expect(readiness(['busy', 'idle', 'quarantined'])).toBe('ready');
    expect(readiness(['idle'], { queued: 1 })).toBe('ready');
    expect(readiness(['idle'], { queued: 2 })).toBe('busy');
  });

  test('busy where the devices that are not taken out all work', () => {
    expect(readiness(['busy', 'quarantined'])).toBe('busy');
  });

  test('without a usable device, or with none at all, no device', () => {
    expect(readiness(['quarantined', 'quarantined'])).toBe('no_device');
    expect(readiness([])).toBe('no_device');
  });

  test('draining counts before everything else', () => {
    expect(readiness([], { draining: true })).toBe('draining');
    expect(readiness(['idle'], { draining: true })).toBe('draining');
  });
});

describe('a server that is starting', () => {
  const app = new Hono().route('/', createStartingRoutes());

  test('is alive, but not ready', async () => {
    expect(await (await app.request('/api/health')).json()).toEqual({ status: 'ok', version: '2.1' });
    const ready = await app.request('/api/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'starting', detail: expect.any(String) });
  });

  test.each(['/', '/api/generate', '/metrics'])('asks those who want %s to come back', async (path) => {
    const response = await app.request(path, { method: path === '/api/generate' ? 'POST' : 'GET' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(Object.keys((await response.json()) as object)).toEqual(['detail']);
  });
});
