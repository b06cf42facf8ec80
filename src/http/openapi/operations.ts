import type { RequestErrorCode } from '../../errors.ts';
import { IDEMPOTENCY_KEY } from '../idempotency-key.ts';
import { type ComponentName, refTo } from './components.ts';
import { EXAMPLE_REQUEST } from './example-request.ts';

/** What the document says of one route; its refusals become answers with the status of their code. */
export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: [string];
  parameters?: object[];
  requestBody?: object;
  responses: Record<string, Answer>;
  refusals: readonly RequestErrorCode[];
}

interface Answer {
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, object>;
}

const jobId = { type: 'string', format: 'uuid' };
/** For the document only: what a picture is, its bytes tell. */
const PICTURE_TYPES = ['png', 'jpeg', 'webp', 'avif', 'tiff', 'gif'].map((name) => `image/${name}`);
const jobIdQuery = { name: 'job_id', in: 'query', required: true, schema: jobId };
const text = { schema: { type: 'string' } };
const sse = {
  schema: {
    type: 'object',
    description: 'One event.',
    properties: {
      id: { type: 'string' },
      event: { type: 'string', enum: ['state', 'stage', 'progress', 'warning'] },
      data: { type: 'string', contentMediaType: 'application/json', contentSchema: refTo('Job') },
    },
  },
};

function json(description: string, schema: ComponentName): Answer {
  return { description, content: { 'application/json': { schema: refTo(schema) } } };
}

function page(description: string): Answer {
  return { description, content: { 'text/html': text } };
}

/** Every route, by method and path as OpenAPI writes them. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /api/health': {
    operationId: 'getHealth',
    summary: 'The process answers',
    tags: ['server'],
    responses: { 200: json('It does.', 'Health') },
    refusals: [],
  },
  'GET /api/ready': {
    operationId: 'getReady',
    summary: 'Jobs are taken now',
    tags: ['server'],
    responses: { 200: json('They are.', 'Ready') },
    refusals: ['server.starting', 'server.draining', 'server.no_device'],
  },
  'GET /metrics': {
    operationId: 'getMetrics',
    summary: 'Metrics in the text format of Prometheus',
    tags: ['server'],
    responses: { 200: { description: 'The metrics.', content: { 'text/plain': text } } },
    refusals: [],
  },
  'POST /api/generate': {
    operationId: 'generate',
    summary: 'Queue a job: pictures in, a model out',
    description: 'Follow the job by its status or its events. The example is a whole request that becomes a model.',
    tags: ['jobs'],
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'A new random text for each new request. Sent again with the same key, the request makes no second job but ' +
          'gets the answer of the first, with `Idempotency-Replayed: true`.',
        schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
      },
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: refTo('GenerateRequest'), example: EXAMPLE_REQUEST } },
    },
    responses: {
      200: { ...json('The job.', 'JobCreated'), headers: { 'Idempotency-Replayed': { schema: { const: 'true' } } } },
    },
    refusals: [
      'request.malformed',
      'request.invalid',
      'request.too_large',
      'request.unsupported_media_type',
      'request.key_reused',
      'queue.full',
      'server.draining',
      'server.no_device',
    ],
  },
  'POST /api/uploads': {
    operationId: 'upload',
    summary: 'Send a picture ahead',
    description: 'Its answer can stand in `images` of several requests instead of the picture in base64.',
    tags: ['jobs'],
    requestBody: { required: true, content: Object.fromEntries(PICTURE_TYPES.map((type) => [type, {}])) },
    responses: { 200: json('What stands for the picture.', 'Upload') },
    refusals: ['request.invalid', 'request.too_large'],
  },
  'GET /api/status': {
    operationId: 'getStatus',
    summary: 'How a job is doing',
    description: 'A failed job is not a failed request: its status reads 200 with `"status": "failed"`.',
    tags: ['jobs'],
    parameters: [jobIdQuery],
    responses: { 200: json('The job.', 'Job') },
    refusals: ['request.invalid', 'job.unknown'],
  },
  'GET /api/jobs': {
    operationId: 'listJobs',
    summary: 'All jobs that are kept',
    tags: ['jobs'],
    responses: { 200: json('The jobs.', 'JobList') },
    refusals: [],
  },
  'DELETE /api/jobs/{id}': {
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    description:
      'Answers when the process is gone and its device free. A cancelled job reads `failed` with `error_code` ' +
      '`cancelled`; one that is over stays as it is.',
    tags: ['jobs'],
    parameters: [{ name: 'id', in: 'path', required: true, schema: jobId }],
    responses: { 200: json('The job as it is now.', 'Job') },
    refusals: ['job.unknown'],
  },
  'GET /api/events': {
    operationId: 'followJob',
    summary: 'Follow a job by server-sent events',
    description:
      'Events are of the types `state`, `stage`, `progress` and `warning`; the data of each is the status of the job ' +
      'as JSON. The stream ends after the last event of the job.',
    tags: ['jobs'],
    parameters: [
      jobIdQuery,
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'Goes on after this event.',
        schema: { type: 'string', pattern: '^[0-9]{0,15}$' },
      },
    ],
    responses: {
      200: { description: 'The events.', content: { 'text/event-stream': sse } },
      204: { description: 'The job is over and its last event was received before.' },
    },
    refusals: ['request.invalid', 'job.unknown'],
  },
  'GET /files/{job_id}/{name}': {
    operationId: 'getFile',
    summary: 'A file of a finished job',
    description: 'The file never changes. Ranges and `If-None-Match` are understood.',
    tags: ['files'],
    parameters: [
      { name: 'job_id', in: 'path', required: true, schema: jobId },
      { name: 'name', in: 'path', required: true, schema: { type: 'string' }, example: 'model.glb' },
      {
        name: 'download',
        in: 'query',
        description: '`1` asks a browser to save the file.',
        schema: { type: 'string' },
        example: '1',
      },
    ],
    responses: {
      200: { description: 'The file.', content: { '*/*': {} } },
      206: { description: 'The part of the file that `Range` asked for.', content: { '*/*': {} } },
      304: { description: 'The client has the file already.' },
    },
    refusals: ['request.not_found', 'request.range_not_satisfiable'],
  },
  'POST /mcp': {
    operationId: 'callMcp',
    summary: 'The Model Context Protocol, for agents',
    description: 'Streamable HTTP without sessions. Its messages are described by the protocol itself.',
    tags: ['agents'],
    requestBody: { required: true, content: { 'application/json': { schema: {} } } },
    responses: {
      200: { description: 'Messages.', content: { 'text/event-stream': {}, 'application/json': {} } },
      202: { description: 'Notifications were taken.' },
      400: { description: 'No JSON, or no message of the protocol.', content: { 'application/json': {} } },
      406: { description: '`Accept` lacks one of the two types of answers.', content: { 'application/json': {} } },
      415: { description: 'The body is not said to be JSON.', content: { 'application/json': {} } },
    },
    refusals: ['request.too_large'],
  },
  'GET /openapi.json': {
    operationId: 'getOpenApi',
    summary: 'This document',
    tags: ['pages'],
    responses: {
      200: { description: 'The document.', content: { 'application/json': { schema: { type: 'object' } } } },
    },
    refusals: [],
  },
  'GET /docs': {
    operationId: 'getDocs',
    summary: 'This document as a page to try the API',
    tags: ['pages'],
    responses: { 200: page('The page.') },
    refusals: [],
  },
  'GET /': {
    operationId: 'getPage',
    summary: 'The web page: drop pictures, watch progress, turn the model',
    tags: ['pages'],
    responses: { 200: page('The page.') },
    refusals: [],
  },
};
