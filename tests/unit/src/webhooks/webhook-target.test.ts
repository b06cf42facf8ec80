import { describe, expect, test } from 'bun:test';
import { type AllowList, parseAllowList } from '../../../../src/webhooks/allow-list.ts';
import { checkTarget, findUrlProblem, RefusedTargetError } from '../../../../src/webhooks/webhook-target.ts';

const nothing = parseAllowList('') as AllowList;
const lan = parseAllowList('hooks.lan,10.1.0.0/16,::1') as AllowList;

/** A resolver that knows one answer. */
const resolvesTo = (...addresses: string[]) => {
  return async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

describe('findUrlProblem', () => {
  test.each(['https://example.org/hook?key=1', 'http://example.org:8080', 'http://8.8.8.8/', 'http://localhost/'])(
    '%p may be tried; names are judged when they are resolved',
    (url) => expect(findUrlProblem(url, nothing)).toBeUndefined(),
  );

  test.each([
    ['hooks', /expected an http or https URL/],
    ['ftp://example.org/', /expected an http or https URL/],
    ['file:///etc/passwd', /expected an http or https URL/],
    ['javascript:alert(1)', /expected an http or https URL/],
    [`http://example.org/${'a'.repeat(2048)}`, /at most 2048 characters/],
    ['http://me:secret@example.org/', /without a user name/],
    ['http://me@example.org/', /without a user name/],
    ['http://127.0.0.1/', /public address/],
    ['http://0177.0.0.1/', /public address/],
    ['http://0x7f.1/', /public address/],
    ['http://2130706433/', /public address/],
    ['http://127.1./', /public address/],
    ['http://[::1]:7860/', /public address/],
    ['http://[::ffff:169.254.169.254]/', /public address/],
    ['http://[fe80::1]/', /public address/],
  ])('%p is refused', (url, problem) => expect(findUrlProblem(url, nothing)).toMatch(problem));

  test('private addresses of the allow list may be tried', () => {
    expect(findUrlProblem('http://10.1.2.3/', lan)).toBeUndefined();
    expect(findUrlProblem('http://[::1]/', lan)).toBeUndefined();
    expect(findUrlProblem('http://10.2.2.3/', lan)).toBeDefined();
  });
});

describe('checkTarget', () => {
  const url = new URL('https://hooks.example.org/x');

  test('gives the first address of a host that is public everywhere', async () => {
    expect(await checkTarget(url, nothing, resolvesTo('2606::1', '8.8.8.8'))).toEqual({
      address: '2606::1',
      family: 6,
    });
  });

  test.each([[['127.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['2606::1', '::ffff:10.0.0.1']]])(
    'refuses a host with the addresses %p',
    async (addresses) => {
      await expect(checkTarget(url, nothing, resolvesTo(...addresses))).rejects.toBeInstanceOf(RefusedTargetError);
    },
  );

  test('takes hosts of the allow list wherever they are, and addresses of it under any name', async () => {
    const named = new URL('http://hooks.lan./');
    expect(await checkTarget(named, lan, resolvesTo('192.168.0.9'))).toEqual({ address: '192.168.0.9', family: 4 });
    expect(await checkTarget(url, lan, resolvesTo('10.1.0.9'))).toEqual({ address: '10.1.0.9', family: 4 });
    await expect(checkTarget(url, lan, resolvesTo('10.2.0.9'))).rejects.toThrow(/not public/);
  });

  test('an address needs no look-up, and the name of this machine is resolved and refused', async () => {
    const never = () => Promise.reject(new Error('looked up'));
    expect(await checkTarget(new URL('http://8.8.4.4/'), nothing, never)).toEqual({ address: '8.8.4.4', family: 4 });
    await expect(checkTarget(new URL('http://[::1]/'), nothing, never)).rejects.toThrow(RefusedTargetError);
    await expect(checkTarget(new URL('http://localhost/'), nothing)).rejects.toThrow(RefusedTargetError);
  });

  test('a host without an address is a failure that may pass', async () => {
    await expect(checkTarget(url, nothing, resolvesTo())).rejects.not.toBeInstanceOf(RefusedTargetError);
  });
});
