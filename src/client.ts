/**
 * The typed client of the REST API: `hc` of Hono with the types of the routes. It runs wherever `fetch` does and
 * imports nothing of the server but types.
 */
import { type ClientRequestOptions, hc, type InferResponseType } from 'hono/client';
import type { Api } from './http/api-routes.ts';

export type { GenerateRequest } from './http/generate-request.ts';

/**
 * @param baseUrl where the server is, for example `http://localhost:7860`
 * @param options `headers`, such as `Authorization`, and another `fetch`
 */
export function createClient(baseUrl: string, options?: ClientRequestOptions) {
  return hc<Api>(baseUrl, options);
}

export type Client = ReturnType<typeof createClient>;
/** The status of a job. */
export type JobBody = InferResponseType<Client['api']['status']['$get']>;
