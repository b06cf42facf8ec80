import { errorMessageOf } from '../errors.ts';
import type { AllowList } from './allow-list.ts';
import { postWebhook } from './post-webhook.ts';
import { parseRetryAfterMs } from './retry-delay.ts';
import { signWebhook } from './sign-webhook.ts';
import { checkTarget, RefusedTargetError, type ResolveHost } from './webhook-target.ts';

/** The status by which a receiver says that it wants no more. */
const GONE = 410;

/** One message to one receiver. */
export interface Delivery {
  /** The same at each attempt, for receivers to recognise what they have already. */
  id: string;
  url: string;
  body: string;
  jobId: string;
}

export interface AttemptOptions {
  keys: readonly Uint8Array[];
  allow: AllowList;
  userAgent: string;
  resolveHost?: ResolveHost | undefined;
}

/** `refused` is said by the guard, `gone` by the receiver; after either of them there is nothing to try again. */
export type AttemptOutcome =
  | { kind: 'delivered' }
  | { kind: 'refused' | 'gone' | 'failed'; reason: string; retryAfterMs?: number | undefined };

/** Signs and sends a message once. Never throws; ends soon after `signal` aborts. */
export async function attemptDelivery(
  { id, url: text, body }: Pick<Delivery, 'id' | 'url' | 'body'>,
  { keys, allow, userAgent, resolveHost }: AttemptOptions,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    signal.throwIfAborted();
    const url = new URL(text);
    const target = await Promise.race([checkTarget(url, allow, resolveHost), rejectOnAbort(signal)]);
    const headers = { 'user-agent': userAgent, ...signWebhook(id, Date.now(), body, keys) };
    const { status, retryAfter } = await postWebhook({ url, target, headers, body, signal });
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    const reason = `answered ${status}`;
    if (status === GONE) return { kind: 'gone', reason };
    return { kind: 'failed', reason, retryAfterMs: parseRetryAfterMs(retryAfter, Date.now()) };
  } catch (error) {
    const kind = error instanceof RefusedTargetError ? 'refused' : 'failed';
    return { kind, reason: errorMessageOf(error) };
  }
}

/** A look-up cannot be ended, only left behind. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
