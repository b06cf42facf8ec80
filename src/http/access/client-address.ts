import { isIP } from 'node:net';
import type { Context } from 'hono';

/** What the socket tells the app about a request. */
export interface ConnectionInfo {
  remoteAddress?: string | undefined;
}

/** For requests that came over no socket. */
const NO_ADDRESS = 'local';

/**
 * The address by which a client is counted. An IPv6 client is its /64 network, of which every host has a whole one
 * to choose its addresses from.
 * @param proxyHops proxies in front that append the address of their own client to `X-Forwarded-For`; what stands
 *   before their entries was written by the client and is not believed
 */
export function clientAddress(context: Context, proxyHops: number): string {
  const remote = (context.env as ConnectionInfo | undefined)?.remoteAddress;
  const forwarded = proxyHops === 0 ? [] : (context.req.header('x-forwarded-for') ?? '').split(',');
  // The last proxy is the remote end of the socket; the first one of ours wrote down the client.
  const entry = forwarded
    .at(-proxyHops)
    ?.trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1');
  const address = entry && isIP(entry) ? entry : remote;
  return address === undefined ? NO_ADDRESS : networkOf(address);
}

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
