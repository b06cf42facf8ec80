import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { JobSnapshot } from '../../jobs/job-service.ts';
import type { RepeatedRequests } from '../../jobs/repeated-requests.ts';
import { GenerateOptionsSchema } from '../../protocol/options.ts';
import { VERSION } from '../../version.ts';
import { JobSchema } from '../api-schemas.ts';
import type { ClientJobs } from '../client-jobs.ts';
import { isRefusal } from '../error-response.ts';
import { PicturesSchema, readPictures } from '../generate-request.ts';
import { toJobBody } from '../job-body.ts';
import type { JobLinks } from '../job-links.ts';
import { unknownJob } from '../query.ts';
import type { PictureRules } from '../upload.ts';
import { type CallContext, followJob } from './follow-job.ts';
import { FILE_URI_TEMPLATE, linksToFiles, readJobFile } from './job-files.ts';

export interface McpDeps {
  /** The jobs of the client that calls. */
  jobs: ClientJobs;
  links: JobLinks;
  repeated: RepeatedRequests;
  pictures: PictureRules;
  /** Called with every fault of ours. */
  onError(error: unknown): void;
}

const INSTRUCTIONS =
  'Turns one to four pictures of an object into a textured 3D model (GLB). Call generate_model with wait, or follow ' +
  'the job with get_job; then look at it with get_preview and read its files as resources or from their URLs.';

const wait = z
  .boolean()
  .default(false)
  .describe('Answer when the job has ended; until then its progress is told, where that is asked for.');
const jobId = z.string().describe('The job_id of generate_model.');

/** Tools and resources through which an agent makes models, for one client. */
export function createMcpServer({ jobs, links, repeated, pictures, onError }: McpDeps): McpServer {
  const server = new McpServer(
    { name: 'hy3d', title: 'Pictures to 3D models', version: VERSION },
    { instructions: INSTRUCTIONS },
  );

  /** Refusals are for the agent to read; whatever else is thrown is for the log. */
  const answer = async (work: () => Promise<CallToolResult>): Promise<CallToolResult> => {
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error)) onError(error);
      const text = isRefusal(error) ? error.message : 'The server failed; its log says why.';
      return { isError: true, content: [{ type: 'text', text }] };
    }
  };
  const jobOf = (id: string): JobSnapshot => {
    const job = jobs.get(id);
    if (job === undefined) throw unknownJob();
    return job;
  };
  const report = async (id: string, doWait: boolean, call: CallContext): Promise<CallToolResult> => {
    jobOf(id);
    if (doWait) await followJob(jobs, id, call);
    const job = jobOf(id);
    const body = toJobBody(job, links);
    return {
      content: [{ type: 'text', text: JSON.stringify(body) }, ...linksToFiles(job)],
      structuredContent: body,
    };
  };

  server.registerTool(
    'generate_model',
    {
      title: 'Generate a 3D model',
      description:
        'Queues a job that turns pictures of one object into a GLB. A picture of the disk is best sent ahead, by ' +
        '`curl --data-binary @front.png <server>/api/uploads`, whose answer names what stands for it here.',
      inputSchema: { images: PicturesSchema, options: GenerateOptionsSchema.prefault({}), wait },
      outputSchema: JobSchema.shape,
    },
    ({ images, options, wait }, call) =>
      answer(async () => {
        const { id } = await repeated.create(jobs, { images: readPictures(images, pictures), options });
        return report(id, wait, call);
      }),
  );
  server.registerTool(
    'get_job',
    {
      title: 'Status of a job',
      description: 'Says how far a job is; of a completed one also where its files are.',
      inputSchema: { job_id: jobId, wait },
      outputSchema: JobSchema.shape,
      annotations: { readOnlyHint: true },
    },
    ({ job_id, wait }, call) => answer(() => report(job_id, wait, call)),
  );
  server.registerTool(
    'cancel_job',
    {
      title: 'Cancel a job',
      description: 'Ends a job that waits or runs; one that is over stays as it is.',
      inputSchema: { job_id: jobId },
      outputSchema: JobSchema.shape,
      annotations: { idempotentHint: true },
    },
    ({ job_id }, call) =>
      answer(async () => {
        if (!(await jobs.cancel(job_id))) throw unknownJob();
        return report(job_id, false, call);
      }),
  );
  server.registerTool(
    'get_preview',
    {
      title: 'Look at a model',
      description: 'A picture of the finished model: `preview` from the front, `sheet` from six sides.',
      inputSchema: { job_id: jobId, picture: z.enum(['preview', 'sheet']).default('preview') },
      annotations: { readOnlyHint: true },
    },
    ({ job_id, picture }) =>
      answer(async () => {
        const { blob, mimeType = '' } = await readJobFile(jobs, job_id, jobOf(job_id).files?.[picture] ?? '');
        return { content: [{ type: 'image', data: blob, mimeType }] };
      }),
  );
  server.registerResource(
    'file',
    new ResourceTemplate(FILE_URI_TEMPLATE, { list: () => ({ resources: jobs.list().flatMap(linksToFiles) }) }),
    { title: 'File of a finished job', description: 'Model, preview, sheet, report and further formats.' },
    async (_uri, { job_id, name }) => ({ contents: [await readJobFile(jobs, String(job_id), String(name))] }),
  );
  return server;
}
