import { describe, expect, test } from 'bun:test';
import { UrlTokens } from '../../../../../src/http/access/url-tokens.ts';

const JOB = '5f0c4c8e-6f3f-4a55-8d4e-0d6f0f4f1a2b';
const OTHER = '00000000-0000-4000-8000-000000000000';
const HOUR = 3_600_000;

describe('UrlTokens', () => {
  test('a token names its job from one hour on and no longer than two', () => {
    for (const made of [0, 1, HOUR / 2, HOUR - 1]) {
      let now = 1000 * HOUR + made;
      const tokens = new UrlTokens(() => now);
      const token = tokens.issue(JOB);
      now += HOUR;
      expect(tokens.verify(token)).toBe(JOB);
      now += HOUR - made - 1;
      expect(tokens.verify(token)).toBe(JOB);
      now += 1;
      expect(tokens.verify(token)).toBeUndefined();
    }
  });

  test('stays the same within an hour, so that browsers find files in their caches', () => {
    let now = 1000 * HOUR;
    const tokens = new UrlTokens(() => now);
    const token = tokens.issue(JOB);
    now += HOUR - 1;
    expect(tokens.issue(JOB)).toBe(token);
    now += 1;
    expect(tokens.issue(JOB)).not.toBe(token);
  });

  test('needs no escape in a URL', () => {
    const token = new UrlTokens().issue(JOB);
    expect(encodeURIComponent(token)).toBe(token);
  });

  test('refuses what it did not sign: another job, a later end, another process, broken text', () => {
    const tokens = new UrlTokens();
    const token = tokens.issue(JOB);
    const [, expiry = '', signature = ''] = token.split('.');
    const later = (Number.parseInt(expiry, 36) + HOUR).toString(36);
    const forged = [
      `${OTHER}.${expiry}.${signature}`,
      `${JOB}.${later}.${signature}`,
      `${JOB}.${expiry}.${'A'.repeat(43)}`,
      new UrlTokens().issue(JOB),
      '',
      JOB,
      `${token}x`,
      token.slice(0, -1),
    ];
    for (const wrong of forged) expect(tokens.verify(wrong)).toBeUndefined();
    expect(tokens.verify(token)).toBe(JOB);
  });
});
