import { join, normalize } from 'node:path';
import { Hono } from 'hono';
import { AppError } from '../errors.ts';
import { packageFile, programFile } from '../program-files.ts';
import { sendFile } from './send-file.ts';

const MODEL_VIEWER = '@google/model-viewer/dist/model-viewer.min.js';
/** Asks again every time and gets 304: an update of the program shows at once. */
const REVALIDATE = 'no-cache';
/** Path segments of assets: no dot first, so neither hidden files nor `..`. */
const ASSET_PATH = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;

/**
 * The web page: `GET /` and `/assets/*` from `src/web/`, and the bundle of model-viewer from its package.
 * @param webDir folder of index.html and the assets
 */
export function createWebRoutes(webDir: string = programFile('src/web')): Hono {
  const send: (context: Parameters<typeof sendFile>[0], path: string) => Promise<Response> = async (context, path) => {
    const response = await sendFile(context, path, { 'Cache-Control': REVALIDATE });
    if (response) return response;
    throw new AppError('request.not_found', 'There is no such page.');
  };
  return new Hono()
    .get('/', (context) => send(context, join(webDir, 'index.html')))
    .get('/assets/model-viewer.min.js', (context) => send(context, packageFile(MODEL_VIEWER)))
    .get('/assets/*', (context) => {
      const name = context.req.path.slice('/assets/'.length);
      if (!ASSET_PATH.test(name)) throw new AppError('request.not_found', 'There is no such page.');
      return send(context, join(webDir, normalize(name)));
    });
}
