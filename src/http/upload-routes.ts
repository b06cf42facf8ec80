import { Hono } from 'hono';
import type { UploadBody } from './api-schemas.ts';
import type { ClientJobsOf } from './client-jobs.ts';
import type { GenerateLimits } from './generate-routes.ts';
import { readBody } from './read-body.ts';
import { checkPicture, UPLOAD_PREFIX } from './upload.ts';
import type { UploadStore } from './upload-store.ts';

/** `POST /api/uploads`: keeps a picture for a while, so that requests can name it instead of bringing it along. */
export function createUploadRoutes(jobsOf: ClientJobsOf, uploads: UploadStore, limits: GenerateLimits) {
  return new Hono().post('/api/uploads', async (context) => {
    const { scope } = jobsOf(context);
    const image = checkPicture('the body', await readBody(context.req.raw, limits.maxBodyBytes), limits.maxPixels);
    const { id, expiresAt } = uploads.add(scope, image);
    return context.json<UploadBody>({ image: UPLOAD_PREFIX + id, expires_at: new Date(expiresAt).toISOString() });
  });
}
