/**
 * Which addresses a webhook may be sent to. Clients choose the target, so without this guard they could make the server
 * talk to itself, to its neighbours or to a cloud's metadata service.
 */
import { BlockList, isIP } from 'node:net';

/** Blocks of IPv4 that are not on the public internet (IANA special-purpose registry), multicast and class E. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** The only part of IPv6 that is handed out as global unicast: everything else is local, multicast or a tunnel. */
const GLOBAL_IPV6 = ['2000::/3'];
/** What is special inside of it: protocol assignments with Teredo, documentation, 6to4. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** IPv6 addresses whose last 32 bits are the IPv4 address that is meant: mapped, and translated by NAT64. */
const MAPPED_IPV4 = ['::ffff:0:0/96', '64:ff9b::/96'];

/** A set of address blocks. */
export class AddressBlocks {
  readonly #blocks = new BlockList();

  /** @param blocks like `10.0.0.0/8` and `fd00::/8`, as `isAddressBlock` accepts them */
  constructor(blocks: readonly string[]) {
    for (const block of blocks) {
      const [address = '', bits] = block.split('/');
      const family = familyOf(address);
      this.#blocks.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
    }
  }

  has(address: string): boolean {
    return this.#blocks.check(address, familyOf(address));
  }
}

const specialIpv4 = new AddressBlocks(SPECIAL_IPV4);
const globalIpv6 = new AddressBlocks(GLOBAL_IPV6);
const specialIpv6 = new AddressBlocks(SPECIAL_IPV6);
const mappedIpv4 = new AddressBlocks(MAPPED_IPV4);

/** Whether a text is an address, or one with the length of its prefix behind a slash. */
export function isAddressBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** The IPv4 address that an IPv6 address stands for, otherwise the address itself. */
export function unmapAddress(address: string): string {
  if (isIP(address) !== 6 || !mappedIpv4.has(address)) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  // Canonical, so that the last two groups are the last 32 bits wherever the zeros were left out.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':');
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether an address is on the public internet; anything that is not an address is not. */
export function isPublicAddress(address: string): boolean {
  const plain = unmapAddress(address);
  switch (isIP(plain)) {
    case 4:
      return !specialIpv4.has(plain);
    case 6:
      return !plain.includes('%') && globalIpv6.has(plain) && !specialIpv6.has(plain);
    default:
      return false;
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
