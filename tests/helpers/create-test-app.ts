import { afterAll } from 'bun:test';
import type { Hono } from 'hono';
import { type AppDeps, createApp } from '../../src/app.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { FakeJobService } from './fake-job-service.ts';

export interface TestApp {
  app: Hono;
  jobs: FakeJobService;
  config: Config;
  /** Faults that the app reported; a test that expects none looks here. */
  faults: unknown[];
}

/** The real app on a fake job service, with small limits that tests can reach. */
export function createTestApp(overrides: Partial<Config> = {}, deps: Partial<AppDeps> = {}): TestApp {
  const jobs = new FakeJobService();
  afterAll(() => jobs[Symbol.dispose]());
  const faults: unknown[] = [];
  const config = { ...loadConfig({}, { env: {} }), maxBodyBytes: 256 * 1024, eventHeartbeatMs: 50, ...overrides };
  const app = createApp({ jobs, config, onInternalError: (error) => faults.push(error), ...deps });
  return { app, jobs, config, faults };
}
