import { type Context, Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';
import { createApiRoutes } from './http/api-routes.ts';
import { isRefusal, toErrorResponse } from './http/error-response.ts';
import { createLinksOf } from './http/job-links.ts';
import { createWebRoutes } from './http/web-routes.ts';
import type { JobService } from './jobs/job-service.ts';

export interface AppDeps {
  jobs: JobService;
  config: Pick<Config, 'publicUrl' | 'maxBodyBytes' | 'maxPixels' | 'eventHeartbeatMs'>;
  /** Called with every fault of ours, never with a refusal. */
  onInternalError(error: unknown, request: { method: string; path: string }): void;
  /** Folder of the web page; only tests set it. */
  webDir?: string;
}

/** The whole HTTP surface as a function from request to response; it never listens. */
export function createApp({ jobs, config, onInternalError, webDir }: AppDeps): Hono {
  const app = new Hono();
  const linksOf = createLinksOf(config.publicUrl);
  const jobsOf = () => jobs;

  const report = (error: unknown, context: Context) =>
    onInternalError(error, { method: context.req.method, path: context.req.path });

  app.onError((error, context) => {
    if (!isRefusal(error)) report(error, context);
    return toErrorResponse(error, context);
  });
  app.notFound((context) =>
    toErrorResponse(new AppError('request.not_found', 'There is no such route; see the README for the API.'), context),
  );
  app.use(
    secureHeaders({
      strictTransportSecurity: false, // The server itself speaks plain HTTP; this is for the proxy to say.
      xFrameOptions: 'DENY',
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        // model-viewer decodes meshes in WebAssembly and styles its shadow tree inline; models and pictures are blobs.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'", 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        connectSrc: ["'self'", 'blob:', 'data:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  );
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

  app.route('/', createApiRoutes({ jobs, jobsOf, linksOf, config, onStreamError: report }));
  app.route('/', createWebRoutes(webDir));
  return app;
}
