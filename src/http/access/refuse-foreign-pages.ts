import { isIP } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import type { Config } from '../../config.ts';
import type { Origins } from '../../config-values.ts';
import { AppError } from '../../errors.ts';
import { isLoopback } from '../loopback.ts';
import { isOpenPath } from './open-paths.ts';

export interface ForeignPageOptions {
  config: Pick<Config, 'host' | 'publicUrl' | 'corsOrigins'>;
  /** With keys, a page of another site can do nothing: it has none, and browsers add none. */
  hasKeys: boolean;
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps the pages of other sites from using this server through the browser of somebody who can reach it. Browsers keep
 * them from reading answers, but neither from sending what needs no leave (cross-site requests) nor from giving their
 * own name the address of this server, whose answers are then theirs to read (DNS rebinding).
 *
 * So whatever changes something must not come from a page of another origin; and a server that trusts its clients
 * because they are on this machine answers only to names that nobody else can point here.
 * @throws {AppError} `request.foreign_origin`
 */
export function refuseForeignPages({ config, hasKeys }: ForeignPageOptions): MiddlewareHandler {
  const { host, publicUrl, corsOrigins } = config;
  const origins: Origins = corsOrigins === '*' ? '*' : [publicUrl ?? [], corsOrigins ?? []].flat().map(originOf);
  const names = new Set(origins === '*' ? [] : origins.map((origin) => new URL(origin).hostname));
  const checksHost = isLoopback(host) && !hasKeys && origins !== '*';

  return (context, next) => {
    const { host, hostname } = namedHost(context);
    if (checksHost && !isOpenPath(context.req.path) && !isOwnName(hostname, names)) throw foreignHost(host);
    if (!READS.has(context.req.method) && isOfOtherPage(context, host, origins)) throw foreignOrigin();
    return next();
  };
}

/** What the request calls this server; empty where that is no host. */
function namedHost({ req }: Context): { host: string; hostname: string } {
  const header = req.header('host');
  return URL.parse(header === undefined ? req.url : `http://${header}`) ?? { host: '', hostname: '' };
}

/** Only what is looked up can be pointed elsewhere: addresses are not, and browsers resolve `localhost` themselves. */
function isOwnName(hostname: string, names: ReadonlySet<string>): boolean {
  const name = hostname.replace(/\.$/, '');
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^(?:.+\.)?localhost$/.test(name) || names.has(name);
}

/** Whether a page sent the request whose origin is neither this server's nor allowed; programs say nothing of a page. */
function isOfOtherPage({ req }: Context, host: string, allowed: Origins): boolean {
  const origin = req.header('origin');
  if (allowed === '*' || (origin !== undefined && allowed.includes(origin))) return false;
  // Right behind any proxy; browsers send it to servers on loopback and over TLS.
  const site = req.header('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Not the scheme: behind a proxy with TLS it is another one.
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

function originOf(url: string): string {
  return new URL(url).origin;
}

function foreignHost(host: string): AppError {
  return new AppError(
    'request.foreign_origin',
    `Host: expected localhost, an address, or the host of --public-url or --cors-origins, got ${JSON.stringify(host.slice(0, 100))}. ` +
      'Without API keys, a server that listens on loopback answers to no other name.',
  );
}

function foreignOrigin(): AppError {
  return new AppError(
    'request.foreign_origin',
    'Origin: expected none, that of this server, or one that --cors-origins or --public-url names.',
  );
}
