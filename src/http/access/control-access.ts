import type { MiddlewareHandler } from 'hono';
import type { Config } from '../../config.ts';
import type { ApiKeys } from './api-keys.ts';
import { authenticate } from './authenticate.ts';
import { type Client, clientName } from './client.ts';
import { clientAddress } from './client-address.ts';
import { onBodyEnd } from './on-body-end.ts';
import { isOpenPath } from './open-paths.ts';
import { type LimitSettings, RequestLimits } from './request-limits.ts';
import type { UrlTokens } from './url-tokens.ts';

export interface AccessOptions {
  config: LimitSettings & Pick<Config, 'proxyHops' | 'metrics'>;
  /** The keys as they are now; without, everyone may do everything. */
  keys?: (() => ApiKeys) | undefined;
  tokens: UrlTokens;
}

/**
 * Decides about each request before its route does: is the limit of its address kept, who sent it, is the limit of
 * that key kept. The address comes first, so that guessing keys is limited too.
 */
export function controlAccess({ config, keys, tokens }: AccessOptions): MiddlewareHandler {
  const addressLimits = new RequestLimits('address', config.ratePerAddress, config.concurrencyPerAddress);
  const keyLimits = new RequestLimits('key', config.ratePerKey, config.concurrencyPerKey);

  return async (context, next) => {
    const { path } = context.req;
    if (isOpenPath(path) || (path === '/metrics' && config.metrics === 'open')) return next();

    const address = clientAddress(context, config.proxyHops);
    const leaves = [addressLimits.enter(address)];
    const leave = () => {
      for (const leaveOne of leaves) leaveOne();
    };
    try {
      const client: Client = keys ? authenticate(context, keys(), tokens) : { kind: 'address', address };
      if (client.kind === 'key') leaves.push(keyLimits.enter(clientName(client)));
      context.set('client', client);
      await next();
      if (client.kind !== 'address') keepPrivate(context.res);
      const response = onBodyEnd(context.res, leave);
      if (response !== context.res) context.res = response;
    } catch (error) {
      leave();
      throw error;
    }
  };
}

/** What needs a key must not stay in a cache that others share. */
function keepPrivate({ headers }: Response): void {
  const caching = headers.get('cache-control');
  headers.set('Cache-Control', caching?.replace(/^public\b/, 'private') ?? 'private, no-cache');
}
