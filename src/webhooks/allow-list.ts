import { AddressBlocks, isAddressBlock, unmapAddress } from './address-guard.ts';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** Host names and address blocks that webhooks may be sent to although they are not public. */
export interface AllowList {
  hasHost(name: string): boolean;
  hasAddress(address: string): boolean;
}

/**
 * Reads a list like `hooks.lan, 10.1.0.0/16, fd00::/8`. A host name stands for whatever it resolves to.
 * @returns the entry that is neither a host name nor an address block, where there is one
 */
export function parseAllowList(text: string): AllowList | { wrong: string } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  const blocks = entries.filter(isAddressBlock);
  const names = new Set(entries.filter((entry) => !isAddressBlock(entry)));
  for (const name of names) if (!isHostName(name)) return { wrong: name };
  const addresses = new AddressBlocks(blocks);
  return { hasHost: (name) => names.has(name), hasAddress: (address) => addresses.has(unmapAddress(address)) };
}

/** A last label of digits alone would be read as an address, such as `10.1` or `300.0.0.1`. */
function isHostName(text: string): boolean {
  return HOST_NAME.test(text) && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(text);
}
