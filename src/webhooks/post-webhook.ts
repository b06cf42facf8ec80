import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { CheckedAddress } from './webhook-target.ts';

export interface WebhookPost {
  url: URL;
  /** The only address that is connected to; the URL's host stays in `Host` and in the TLS handshake. */
  target: CheckedAddress;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Bounds the whole attempt, and ends it early when the server stops. */
  signal: AbortSignal;
}

export interface WebhookAnswer {
  status: number;
  retryAfter?: string;
}

/**
 * Sends one POST. Redirects are answers like any other: they are not followed. Nothing of the answer's body is read,
 * the connection is closed after its head.
 * @throws where there is no answer: no connection, a wrong certificate, no time left
 */
export function postWebhook({ url, target, headers, body, signal }: WebhookPost): Promise<WebhookAnswer> {
  // `fetch` cannot be told where to connect, and would resolve the name a second time.
  const lookup: LookupFunction = (_host, options, callback) => {
    if (options.all) callback(null, [target]);
    else callback(null, target.address, target.family);
  };
  const bytes = Buffer.from(body);
  const options = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
    lookup,
    // A connection of its own: one from a pool might lead to where the name pointed earlier.
    agent: false,
    signal,
  } as const;
  return new Promise((resolve, reject) => {
    const answer = (response: IncomingMessage) => {
      const retryAfter = response.headers['retry-after'];
      resolve({ status: response.statusCode ?? 0, ...(retryAfter !== undefined && { retryAfter }) });
      request.destroy();
    };
    const request =
      url.protocol === 'https:' ? https.request(url, options, answer) : http.request(url, options, answer);
    // Stays for what destroying the request says after the answer.
    request.on('error', reject);
    request.end(bytes);
  });
}
