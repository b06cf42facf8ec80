import { type Context, Hono } from 'hono';
import { AppError } from '../errors.ts';
import { packageFile, programFile } from '../program-files.ts';
import { createOpenApiDocument } from './openapi/document.ts';
import { sendFile } from './send-file.ts';

/** Asks again every time and gets 304: an update of the program shows at once. */
const HEADERS = { 'Cache-Control': 'no-cache' };

/**
 * `GET /openapi.json`, and `GET /docs`: a page of Swagger UI, of which all parts come from this server.
 * @param publicUrl where clients reach the API, without a slash at its end; otherwise the request's origin
 */
export function createDocsRoutes(publicUrl: string | undefined) {
  return new Hono()
    .get('/openapi.json', (context) => {
      const document = createOpenApiDocument(publicUrl ?? new URL(context.req.url).origin);
      return context.json(document, 200, HEADERS);
    })
    .get('/docs', (context) => send(context, programFile('src/web/docs.html')))
    .get('/assets/swagger-ui.css', (context) => send(context, packageFile('swagger-ui-dist/swagger-ui.css')))
    .get('/assets/swagger-ui.js', (context) => send(context, packageFile('swagger-ui-dist/swagger-ui-bundle.js')));
}

async function send(context: Context, path: string): Promise<Response> {
  const response = await sendFile(context, path, HEADERS);
  if (response) return response;
  throw new AppError('internal', `A file of the documentation is missing: ${path}`);
}
