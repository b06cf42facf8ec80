import { describe, expect, test } from 'bun:test';
import { Hono } from 'hono';
import { clientAddress } from '../../../../../src/http/access/client-address.ts';

async function addressOf(remoteAddress: string | undefined, forwarded?: string, proxyHops = 0): Promise<string> {
  const app = new Hono().get('/', (context) => context.text(clientAddress(context, proxyHops)));
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return (await app.request('/', { headers }, { remoteAddress })).text();
}

describe('clientAddress', () => {
  test('is the other end of the socket, whatever a client writes', async () => {
    expect(await addressOf('192.0.2.7')).toBe('192.0.2.7');
    expect(await addressOf('192.0.2.7', '198.51.100.1')).toBe('192.0.2.7');
    expect(await addressOf(undefined)).toBe('local');
  });

  test('behind proxies it is what the first of them wrote, not what the client did', async () => {
    expect(await addressOf('10.0.0.1', '6.6.6.6, 198.51.100.1', 1)).toBe('198.51.100.1');
    expect(await addressOf('10.0.0.1', '6.6.6.6, 198.51.100.1, 10.0.0.2', 2)).toBe('198.51.100.1');
    expect(await addressOf('10.0.0.1', '[2001:db8::1]:4711', 1)).toBe('2001:db8:0:0::/64');
  });

  test.each([undefined, '', 'unknown', '198.51.100.1, <script>'])('falls back to the socket for %p', async (header) => {
    expect(await addressOf('10.0.0.1', header, 1)).toBe('10.0.0.1');
  });

  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
  ])('counts %s as %s', async (address, counted) => {
    expect(await addressOf(address)).toBe(counted);
  });
});
