import { describe, expect, test } from 'bun:test';
import { parseWebhookSecret, signWebhook } from '../../../../src/webhooks/sign-webhook.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function keyOf(secret: string): Uint8Array {
  const key = parseWebhookSecret(secret);
  if (key === undefined) throw new Error('not a secret');
  return key;
}

describe('signWebhook', () => {
  test('makes the signature that the specification gives for its example', () => {
    const body = '{"test": 2432232314}';
    expect(signWebhook('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_999, body, [keyOf(SECRET)])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('signs with every key, with a space between the signatures', () => {
    const keys = [keyOf(SECRET), new Uint8Array(24)];
    const signatures = signWebhook('a', 1000, '{}', keys)['webhook-signature'].split(' ');
    expect(signatures).toEqual(keys.map((key) => signWebhook('a', 1000, '{}', [key])['webhook-signature']));
    expect(new Set(signatures).size).toBe(2);
  });
});

describe('parseWebhookSecret', () => {
  test('takes 24 to 64 bytes of base64, padded or not', () => {
    for (const size of [24, 25, 64]) {
      const key = crypto.getRandomValues(new Uint8Array(size));
      const text = Buffer.from(key).toString('base64');
      expect(parseWebhookSecret(`whsec_${text}`)).toEqual(Buffer.from(key));
      expect(parseWebhookSecret(`whsec_${text.replace(/=+$/, '')}`)).toEqual(Buffer.from(key));
    }
  });

  test.each([
    '',
    'whsec_',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!MfKQ9r8GKYqr',
  ])('refuses %p', (text) => {
    expect(parseWebhookSecret(text)).toBeUndefined();
  });
});
