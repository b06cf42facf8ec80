import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { decodeBase64 } from '../../../../src/http/decode-base64.ts';

const bytes = Uint8Array.of(0xfb, 0xff, 0xfe, 0x00, 0x3e, 0x3f, 0x41);
const standard = Buffer.from(bytes).toString('base64');

describe('decodeBase64', () => {
  test.each([
    ['standard base64', standard],
    ['base64 without padding', standard.replace(/=+$/, '')],
    ['the URL alphabet', Buffer.from(bytes).toString('base64url')],
    ['a data URL', `data:image/png;base64,${standard}`],
    ['a data URL with parameters and capitals', `DATA:image/svg+xml;charset=utf-8;BASE64,${standard}`],
    ['a data URL of unknown type', `data:application/octet-stream;base64,${standard}`],
    ['line breaks every four characters', standard.replace(/.{4}/g, '$&\r\n')],
    ['white space around', ` \t${standard}\n`],
    ['white space around a data URL', `\n data:image/jpeg;base64, ${standard}`],
  ])('reads %s', (_, text) => {
    expect(decodeBase64(text)).toEqual(bytes);
  });

  test.each([
    ['other characters', 'aGk!'],
    ['a lone character', 'a'],
    ['padding in the middle', 'aG=kaGk='],
    ['both alphabets at once', '-_+/'],
    ['a data URL without base64', 'data:image/png,hello'],
    ['a data URL of a text', 'data:text/html;base64,aGk='],
    ['a web address', 'https://example.org/cat.png'],
    ['letters beyond ASCII', 'aGké'],
  ])('refuses %s', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test('reads back any bytes in both alphabets, with white space anywhere', () => {
    const alphabet = fc.constantFrom('base64', 'base64url');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), alphabet, fc.nat(80), (data, encoding, at) => {
        const text = Buffer.from(data).toString(encoding as BufferEncoding);
        expect(decodeBase64(`${text.slice(0, at)}\n ${text.slice(at)}`)).toEqual(data);
      }),
    );
  });
});
