import type { RequestErrorCode } from '../../errors.ts';
import { API_VERSION } from '../../version.ts';
import { STATUS_BY_CODE } from '../error-response.ts';
import { createComponentSchemas, refTo } from './components.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** When a request is refused, in words; several codes may share a status. */
const REFUSALS: Readonly<Record<RequestErrorCode, string>> = {
  'request.malformed': 'The body is not JSON.',
  'request.invalid': 'A value is missing or wrong; the detail names it.',
  'request.unauthorized': 'The server asks for an API key.',
  'request.key_reused': 'The idempotency key came with another request before.',
  'request.too_large': 'The body is larger than the server takes.',
  'request.unsupported_media_type': 'The body is not sent as plain JSON.',
  'request.method_not_allowed': 'The route has other methods.',
  'request.foreign_origin': 'The request comes from a page of another site, or names another host.',
  'request.not_found': 'There is no such file or page.',
  'request.range_not_satisfiable': 'The range starts beyond the end of the file.',
  'request.rate_limited': 'The client sends too many requests.',
  'job.unknown': 'There is no such job, or it has expired.',
  'job.not_cancellable': 'The job cannot be cancelled.',
  'queue.full': 'The queue is full.',
  'server.starting': 'The server is starting.',
  'server.draining': 'The server is shutting down.',
  'server.no_device': 'No device can run jobs now.',
  internal: 'The server failed to answer; its log says why.',
};

/** What every route may answer. */
const COMMON_REFUSALS: readonly RequestErrorCode[] = [
  'request.unauthorized',
  'request.foreign_origin',
  'request.rate_limited',
  'internal',
];

const HEADERS_BY_STATUS: Readonly<Record<number, Record<string, object>>> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string' } } },
  416: { 'Content-Range': { schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } } },
  503: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } } },
};

/**
 * The OpenAPI 3.1 document of the API.
 * @param serverUrl where the API is, without a slash at its end
 */
export function createOpenApiDocument(serverUrl: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const [route, operation] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = route.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hy3d',
      version: API_VERSION,
      description:
        'One to four pictures of an object in, a textured GLB out. Errors are `{"detail": "..."}` throughout.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    // The key is needed only where the server was given keys.
    security: [{}, { key: [] }],
    paths,
    components: {
      schemas: createComponentSchemas(),
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe({ refusals, responses, ...operation }: Operation): object {
  return { ...operation, responses: { ...responses, ...errorAnswers([...refusals, ...COMMON_REFUSALS]) } };
}

/** One answer for each status that the codes have. */
function errorAnswers(codes: readonly RequestErrorCode[]): Record<string, object> {
  const descriptions = new Map<number, string[]>();
  for (const code of codes) {
    const status = STATUS_BY_CODE[code];
    descriptions.set(status, [...(descriptions.get(status) ?? []), REFUSALS[code]]);
  }
  return Object.fromEntries(
    [...descriptions].map(([status, sentences]) => [
      status,
      {
        description: sentences.join(' '),
        ...(HEADERS_BY_STATUS[status] && { headers: HEADERS_BY_STATUS[status] }),
        content: { 'application/json': { schema: refTo('Error') } },
      },
    ]),
  );
}
