import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './address-guard.ts';
import type { AllowList } from './allow-list.ts';

const MAX_URL_CHARS = 2048;

/** Where to connect for a URL; decided once per attempt, so that a second look-up cannot give another answer. */
export interface CheckedAddress {
  address: string;
  family: 4 | 6;
}

/** The addresses of a host name; as `lookup` of `node:dns/promises` with `all`. */
export type ResolveHost = (host: string) => Promise<Array<{ address: string; family: number }>>;

/** A target that webhooks must not be sent to, now or later. */
export class RefusedTargetError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedTargetError';
  }
}

/**
 * What a text can be refused for without a look-up.
 * @returns what was expected, or undefined where the URL may be tried
 */
export function findUrlProblem(text: string, allow: AllowList): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || text.length > MAX_URL_CHARS) {
    return `expected an http or https URL of at most ${MAX_URL_CHARS} characters`;
  }
  if (url.username !== '' || url.password !== '') return 'expected a URL without a user name and password';
  const host = hostOf(url);
  const isRefused = isIP(host) !== 0 && !mayConnect(host, host, allow);
  return isRefused ? 'expected a public address' : undefined;
}

/**
 * Resolves the host of a URL and checks every address that it has: one that points both to a public and to a private
 * place is refused as a whole.
 * @throws {RefusedTargetError}; what `resolveHost` throws
 */
export async function checkTarget(
  url: URL,
  allow: AllowList,
  resolveHost: ResolveHost = resolveWithSystem,
): Promise<CheckedAddress> {
  const host = hostOf(url);
  const version = isIP(host);
  const found = version === 0 ? await resolveHost(host) : [{ address: host, family: version }];
  const [first] = found;
  if (first === undefined) throw new Error(`${host} has no address`);
  for (const { address } of found) {
    if (!mayConnect(host, address, allow))
      throw new RefusedTargetError(`${host} is at ${address}, which is not public`);
  }
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}

function mayConnect(host: string, address: string, allow: AllowList): boolean {
  return isPublicAddress(address) || allow.hasHost(host) || allow.hasAddress(address);
}

/** The host of a URL as resolvers take it: no brackets around IPv6, no dot at the end. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

function resolveWithSystem(host: string): ReturnType<ResolveHost> {
  return lookup(host, { all: true });
}
