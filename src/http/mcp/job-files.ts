import type { BlobResourceContents, ResourceLink } from '@modelcontextprotocol/sdk/types.js';
import { AppError } from '../../errors.ts';
import type { JobService, JobSnapshot } from '../../jobs/job-service.ts';
import { contentTypeOf } from '../send-file.ts';

/** The address of a job's file as a resource; `{job_id}` and `{name}` are filled in. */
export const FILE_URI_TEMPLATE = 'hy3d://jobs/{job_id}/{name}';

/** A larger one does not fit into a message well; its URL serves it as it is. */
const MAX_FILE_BYTES = 32 * 1024 ** 2;

/** The files of a completed job as links to resources. */
export function linksToFiles({ id, files }: JobSnapshot): ResourceLink[] {
  return Object.entries(files ?? {}).map(([key, name]) => ({
    type: 'resource_link',
    uri: `hy3d://jobs/${id}/${name}`,
    name,
    title: `${key} of job ${id}`,
    mimeType: contentTypeOf(name),
  }));
}

/**
 * A file in base64.
 * @throws {AppError} `request.not_found`, `request.too_large`
 */
export async function readJobFile(
  jobs: Pick<JobService, 'resolveFile'>,
  jobId: string,
  name: string,
): Promise<BlobResourceContents> {
  const path = jobs.resolveFile(jobId, name);
  const file = path === undefined ? undefined : Bun.file(path);
  if (!file || !(await file.exists())) {
    throw new AppError('request.not_found', 'There is no such file: unknown job or name, not finished, or expired.');
  }
  if (file.size > MAX_FILE_BYTES) {
    const message = `${name} has ${file.size} bytes, more than fit into a message; get it from its URL in get_job.`;
    throw new AppError('request.too_large', message);
  }
  const blob = (await file.bytes()).toBase64();
  return { uri: `hy3d://jobs/${jobId}/${name}`, mimeType: contentTypeOf(name), blob };
}
