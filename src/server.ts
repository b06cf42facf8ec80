import { Hono } from 'hono';
import { Registry } from 'prom-client';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { openApiKeys } from './http/access/key-store.ts';
import { createStartingRoutes } from './http/health-routes.ts';
import { listen } from './http/listen.ts';
import { isLoopback } from './http/loopback.ts';
import { JobMetrics } from './http/metrics/job-metrics.ts';
import { WebhookMetrics } from './http/metrics/webhook-metrics.ts';
import type { Log } from './log.ts';
import { type OpenOptions, openJobService } from './open-job-service.ts';
import type { Device } from './protocol/messages.ts';
import { createWebhooks } from './webhooks/create-webhooks.ts';

/** Time that answers under way get after the last job has ended. */
const CLOSE_GRACE_MS = 2_000;
/** Time that webhooks under way get after the last job has ended. */
const WEBHOOK_GRACE_MS = 2_000;

export interface RunningServer {
  /** For a browser on this machine. */
  url: string;
  devices: readonly Device[];
  /** Refuses new jobs, lets running ones finish within the grace of the settings, then closes all connections. */
  stop(): Promise<void>;
}

/**
 * Puts the whole server together and listens. It listens first and answers that it is starting until the devices are
 * found, so that a taken port is told before anything is touched, and a load balancer knows why it has to wait.
 * @param options see `OpenOptions`
 * @throws {StartError} where the port is taken or the API keys cannot be read; see also `openJobService`
 */
export async function startServer(
  config: Config,
  log: Log,
  options: Omit<OpenOptions, 'observer'> = {},
): Promise<RunningServer> {
  const apiKeys = openApiKeys(config, log);
  let app: Pick<Hono, 'fetch'> = new Hono().route('/', createStartingRoutes());
  const server = listen({ fetch: (request, connection) => app.fetch(request, connection) }, config);

  const registry = new Registry();
  const observer = new JobMetrics(registry);
  const { jobs, devices } = await openJobService(config, log, { ...options, observer }).catch(async (error) => {
    await server.stop(true);
    throw error;
  });
  const webhooks = createWebhooks(config, log, new WebhookMetrics(registry));
  app = createApp({
    jobs,
    config,
    webhooks,
    apiKeys,
    registry,
    onInternalError: (error, request) => log.error({ err: error, ...request }, 'request failed'),
    onAnswer: (facts) => log.debug(facts, 'request answered'),
  });
  log.info({ host: config.host, port: server.port, devices: devices.length }, 'server is listening');
  if (apiKeys === undefined && !isLoopback(config.host)) {
    log.warn({ host: config.host }, 'everyone on the network may use this server: no API keys are set up');
  }
  return {
    url: `http://${browserHost(config.host)}:${server.port}`,
    devices,
    async stop() {
      log.info({ graceMs: config.shutdownGraceMs }, 'server is stopping');
      await jobs.shutdown(config.shutdownGraceMs);
      await webhooks?.close(WEBHOOK_GRACE_MS);
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
