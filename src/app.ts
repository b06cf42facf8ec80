import { type Context, Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';
import type { ApiKeys } from './http/access/api-keys.ts';
import { controlAccess } from './http/access/control-access.ts';
import { JobQuota } from './http/access/job-quota.ts';
import { refuseForeignPages } from './http/access/refuse-foreign-pages.ts';
import { scopeJobs } from './http/access/scope-jobs.ts';
import { UrlTokens } from './http/access/url-tokens.ts';
import { allowOrigins } from './http/allow-origins.ts';
import { createApiRoutes } from './http/api-routes.ts';
import type { ClientJobsOf } from './http/client-jobs.ts';
import { createDocsRoutes } from './http/docs-routes.ts';
import { isRefusal, toErrorResponse } from './http/error-response.ts';
import { createLinksOf } from './http/job-links.ts';
import { createMcpRoutes } from './http/mcp/mcp-routes.ts';
import { measureRequests } from './http/metrics/http-metrics.ts';
import { createMetricsRoutes } from './http/metrics/metrics-routes.ts';
import { registerServerMetrics } from './http/metrics/server-metrics.ts';
import { type AnswerFacts, type RequestFacts, reportAnswers, requestFacts } from './http/report-answers.ts';
import { identifyRequests } from './http/request-id.ts';
import { setSecurityHeaders } from './http/security-headers.ts';
import { UploadStore } from './http/upload-store.ts';
import { createWebRoutes } from './http/web-routes.ts';
import type { JobService } from './jobs/job-service.ts';
import { RepeatedRequests } from './jobs/repeated-requests.ts';
import type { Webhooks } from './webhooks/job-webhooks.ts';

type AppConfig = Pick<
  Config,
  'host' | 'publicUrl' | 'maxBodyBytes' | 'maxPixels' | 'eventHeartbeatMs' | 'corsOrigins' | 'jobsPerClient'
> &
  Parameters<typeof controlAccess>[0]['config'];

/** Pictures sent ahead: at most as many bytes as this many of the largest bodies, for an hour. */
const UPLOAD_BODIES = 4;
const UPLOAD_AGE_MS = 3_600_000;

export interface AppDeps {
  jobs: JobService;
  config: AppConfig;
  /** Called with every fault of ours, never with a refusal. */
  onInternalError(error: unknown, request: RequestFacts): void;
  /** Called with every request once it has an answer. */
  onAnswer?(facts: AnswerFacts): void;
  /** The keys that count now; without, nobody needs one. */
  apiKeys?: (() => ApiKeys) | undefined;
  /** Where the metrics of jobs are, for those of HTTP and of the server to join them. */
  registry?: Registry;
  /** Absent where the server sends none. */
  webhooks?: Webhooks | undefined;
  /** Folder of the web page; only tests set it. */
  webDir?: string;
}

/** The whole HTTP surface as a function from request to response; it never listens. */
export function createApp(deps: AppDeps): Hono {
  const { jobs, config, onInternalError, onAnswer, apiKeys, registry = new Registry(), webhooks, webDir } = deps;
  const app = new Hono();
  const tokens = new UrlTokens();
  const linksOf = createLinksOf(config.publicUrl, apiKeys && ((jobId) => tokens.issue(jobId)));
  const quota = config.jobsPerClient === undefined ? undefined : new JobQuota(config.jobsPerClient);
  const jobsOf: ClientJobsOf = (context) => {
    const client = context.get('client');
    if (client === undefined) throw new Error(`${context.req.path} uses jobs and is open to everyone`);
    return scopeJobs(jobs, client, { requestId: context.get('requestId'), quota });
  };
  const repeated = new RepeatedRequests();
  const uploads = new UploadStore({ maxBytes: UPLOAD_BODIES * config.maxBodyBytes, maxAgeMs: UPLOAD_AGE_MS });
  registerServerMetrics(registry, () => jobs.stats());

  const report = (error: unknown, context: Context) => onInternalError(error, requestFacts(context));

  app.onError((error, context) => {
    if (!isRefusal(error)) report(error, context);
    return toErrorResponse(error, context);
  });
  app.notFound((context) =>
    toErrorResponse(new AppError('request.not_found', 'There is no such route; see the README for the API.'), context),
  );
  app.use(identifyRequests());
  app.use(measureRequests(registry));
  if (onAnswer) app.use(reportAnswers(onAnswer));
  app.use(setSecurityHeaders(config.corsOrigins));
  if (config.corsOrigins !== undefined) app.use(allowOrigins(config.corsOrigins));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const allow = methods.join(', ');
        const message = `${context.req.method} is not allowed here; use ${methods.join(' or ')}.`;
        return toErrorResponse(new AppError('request.method_not_allowed', message, { details: { allow } }), context);
      },
    }),
  );

  app.use(refuseForeignPages({ config, hasKeys: apiKeys !== undefined }));
  app.use(controlAccess({ config, keys: apiKeys, tokens }));

  if (config.metrics !== 'off') app.route('/', createMetricsRoutes(registry));
  app.route(
    '/',
    createApiRoutes({ jobs, jobsOf, linksOf, repeated, uploads, config, webhooks, onStreamError: report }),
  );
  app.route('/', createMcpRoutes({ jobsOf, linksOf, repeated, uploads, config, onError: report }));
  app.route('/', createDocsRoutes(config.publicUrl));
  app.route('/', createWebRoutes(webDir));
  return app;
}
