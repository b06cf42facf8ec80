import { Hono } from 'hono';
import type { Registry } from 'prom-client';

/** `GET /metrics` in the text format of Prometheus. */
export function createMetricsRoutes(registry: Registry) {
  return new Hono().get('/metrics', async (context) =>
    context.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }),
  );
}
