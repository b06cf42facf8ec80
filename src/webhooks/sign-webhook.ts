import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** Of the specification. */
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** The key of a secret like `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, or undefined where the text is none. */
export function parseWebhookSecret(text: string): Uint8Array | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const base64 = text.slice(PREFIX.length);
  const key = Buffer.from(base64, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return isWhole && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES ? key : undefined;
}

/**
 * The headers of one attempt.
 * @param id of the message, the same at each attempt
 * @param timestampMs moment of the attempt, in milliseconds since 1970
 * @param keys one signature is made with each: while a secret is replaced, receivers know one or the other
 * @see Standard Webhooks 1.0, scheme `v1`: HMAC-SHA256 over `id.timestamp.body`.
 */
export function signWebhook(
  id: string,
  timestampMs: number,
  body: string,
  keys: readonly Uint8Array[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(timestampMs / 1000));
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
