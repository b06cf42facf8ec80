import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { type Context, Hono } from 'hono';
import type { RepeatedRequests } from '../../jobs/repeated-requests.ts';
import type { ClientJobsOf } from '../client-jobs.ts';
import type { LinksOf } from '../job-links.ts';
import { type JsonLimits, parseJson } from '../parse-json.ts';
import { readBody } from '../read-body.ts';
import type { UploadStore } from '../upload-store.ts';
import { createMcpServer } from './create-mcp-server.ts';

const JSON_LIMITS: JsonLimits = { maxDepth: 32, maxValues: 2000 };

export interface McpRouteDeps {
  jobsOf: ClientJobsOf;
  linksOf: LinksOf;
  repeated: RepeatedRequests;
  uploads: UploadStore;
  config: { maxBodyBytes: number; maxPixels: number; eventHeartbeatMs: number };
  onError(error: unknown, context: Context): void;
}

/**
 * `POST /mcp`: the Model Context Protocol over streamable HTTP. Without sessions: each request stands for itself, so
 * there is nothing to keep, to bound or to lose; jobs are found by their ids. When the client goes away, so does what
 * waited for it.
 */
export function createMcpRoutes({ jobsOf, linksOf, repeated, uploads, config, onError }: McpRouteDeps) {
  return new Hono().post('/mcp', async (context) => {
    const jobs = jobsOf(context);
    const request = context.req.raw;
    const parsedBody = parseJson(await readBody(request, config.maxBodyBytes), JSON_LIMITS);
    const server = createMcpServer({
      jobs,
      links: linksOf(context),
      repeated,
      pictures: { maxPixels: config.maxPixels, findUpload: (id) => uploads.get(jobs.scope, id) },
      onError: (error) => onError(error, context),
    });
    const transport = new WebStandardStreamableHTTPServerTransport({ keepAliveMs: config.eventHeartbeatMs });
    await server.connect(transport);
    request.signal.addEventListener('abort', () => void server.close());
    return transport.handleRequest(request, { parsedBody });
  });
}
