import { expect, test } from 'bun:test';
import { type AllowList, parseAllowList } from '../../../../src/webhooks/allow-list.ts';

function listOf(text: string): AllowList {
  const list = parseAllowList(text);
  if ('wrong' in list) throw new Error(list.wrong);
  return list;
}

test('holds the hosts and the address blocks that it names, in every form of the address', () => {
  const list = listOf(' Hooks.lan, 10.1.0.0/16,127.0.0.1 , fd00::/8,');
  expect([list.hasHost('hooks.lan'), list.hasHost('evil.hooks.lan'), list.hasHost('lan')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd12::1'].every(list.hasAddress)).toBe(true);
  expect(['10.2.0.0', '127.0.0.2', 'fc00::1', '::1'].some(list.hasAddress)).toBe(false);
});

test('an empty one holds nothing', () => {
  const list = listOf('');
  expect([list.hasHost(''), list.hasAddress('127.0.0.1'), list.hasAddress('::1')]).toEqual([false, false, false]);
});

test.each(['http://hooks.lan', '*.lan', 'hooks lan', 'a..b', '-a', '10.0.0.0/33', '10.1', '0x7f.1', '300.0.0.1'])(
  'refuses %p, which is neither a host name nor a block',
  (entry) => {
    expect(parseAllowList(`hooks.lan,${entry}`)).toEqual({ wrong: entry });
  },
);
