import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { listen } from './http/listen.ts';
import type { Log } from './log.ts';
import { openJobService } from './open-job-service.ts';
import type { Device } from './protocol/messages.ts';
import type { SpawnWorker } from './worker-process/spawn-worker.ts';

/** Time that answers under way get after the last job has ended. */
const CLOSE_GRACE_MS = 2_000;

export interface RunningServer {
  /** For a browser on this machine. */
  url: string;
  devices: readonly Device[];
  /** Refuses new jobs, lets running ones finish within the grace of the settings, then closes all connections. */
  stop(): Promise<void>;
}

/**
 * Puts the whole server together and listens.
 * @param spawnWorker starts a worker; only tests give another one
 * @throws {StartError} where the port is taken; see also `openJobService`
 */
export async function startServer(config: Config, log: Log, spawnWorker?: SpawnWorker): Promise<RunningServer> {
  const { jobs, devices } = await openJobService(config, log, spawnWorker);
  const app = createApp({
    jobs,
    config,
    onInternalError: (error, request) => log.error({ err: error, ...request }, 'request failed'),
  });
  let server: Bun.Server<undefined>;
  try {
    server = listen(app, config);
  } catch (error) {
    await jobs.shutdown(0);
    throw error;
  }
  log.info({ host: config.host, port: server.port, devices: devices.length }, 'server is listening');
  return {
    url: `http://${browserHost(config.host)}:${server.port}`,
    devices,
    async stop() {
      log.info({ graceMs: config.shutdownGraceMs }, 'server is stopping');
      await jobs.shutdown(config.shutdownGraceMs);
      // Status and event streams were served until here; streams end by themselves after the last event of their job.
      await Promise.race([server.stop(), Bun.sleep(CLOSE_GRACE_MS)]);
      await server.stop(true);
      log.info('server has stopped');
    },
  };
}

/** What a browser on this machine can open where the server listens on all or on loopback addresses. */
function browserHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
