import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { VERSION } from '../version.ts';
import type { DeliveryObserver } from './delivery-observer.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { JobWebhooks } from './job-webhooks.ts';

/** The webhooks that the settings ask for, if they do. */
export function createWebhooks(
  { webhooks, webhookSecrets: keys, webhookAllow: allow }: Pick<Config, 'webhooks' | 'webhookSecrets' | 'webhookAllow'>,
  log: Log,
  observer?: DeliveryObserver,
): JobWebhooks | undefined {
  if (webhooks === 'off' || keys === undefined) return undefined;
  const queue = new DeliveryQueue({ keys, allow, userAgent: `hy3d/${VERSION}`, log, observer });
  return new JobWebhooks(queue, allow, log);
}
