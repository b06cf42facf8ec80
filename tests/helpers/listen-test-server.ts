import type { AppDeps } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { listen } from '../../src/http/listen.ts';
import { createTestApp, type TestApp } from './create-test-app.ts';

export interface TestServer extends TestApp, AsyncDisposable {
  origin: string;
  port: number;
}

/** The app of `createTestApp` behind a real socket on loopback, on a free port. */
export function listenTestServer(overrides: Partial<Config> = {}, deps: Partial<AppDeps> = {}): TestServer {
  const testApp = createTestApp(overrides, deps);
  const server = listen(testApp.app, { host: '127.0.0.1', port: 0 });
  const port = server.port ?? 0;
  return {
    ...testApp,
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

/** Waits until a condition holds; fails with `what` after two seconds. */
export async function waitUntil(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 2000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await Bun.sleep(5);
  }
}
