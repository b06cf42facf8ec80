import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** From a status that is answered from memory to an upload over a slow line. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Counts and times requests by the template of their route, so that no id and no path of a client becomes a label.
 * The time is that to the head of the answer: how long an event stream or a download lasts is up to its client.
 */
export function measureRequests(registry: Registry): MiddlewareHandler {
  const labelNames = ['method', 'route', 'status'] as const;
  const registers = [registry];
  const total = new Counter({
    name: 'hy3d_http_requests_total',
    help: 'HTTP requests, by method, route and status.',
    labelNames,
    registers,
  });
  const durations = new Histogram({
    name: 'hy3d_http_request_duration_seconds',
    help: 'Time from a request to the head of its answer, by method, route and status.',
    labelNames,
    buckets: BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: 'hy3d_http_requests_in_flight',
    help: 'HTTP requests that have no answer yet.',
    registers,
  });

  return async (context, next) => {
    const startedAt = performance.now();
    inFlight.inc();
    try {
      await next();
    } finally {
      inFlight.dec();
      const method = METHODS.has(context.req.method) ? context.req.method : 'other';
      // The last one is the route's own; those before are middleware on every path.
      const route = matchedRoutes(context).findLast(({ path }) => path !== '/*')?.path ?? 'none';
      const labels = { method, route, status: String(context.res.status) };
      total.inc(labels);
      durations.observe(labels, (performance.now() - startedAt) / 1000);
    }
  };
}
