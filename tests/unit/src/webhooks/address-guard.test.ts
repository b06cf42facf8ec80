import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  AddressBlocks,
  isAddressBlock,
  isPublicAddress,
  unmapAddress,
} from '../../../../src/webhooks/address-guard.ts';

/** Written out bit by bit, as the independent judge of the guard. */
function isPublicIpv4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if (a === 100 && b >= 64 && b <= 127) return false;
  if (a === 169 && b === 254) return false;
  if (a === 172 && b >= 16 && b <= 31) return false;
  if (a === 192 && (b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) return false;
  if (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) return false;
  return !(a === 203 && b === 0 && c === 113);
}

const byte = fc.integer({ min: 0, max: 255 });
const anyIpv4 = fc.tuple(byte, byte, byte, byte);
/** Most random addresses are public; these are close to the borders of the blocks. */
const borderIpv4 = fc.tuple(
  fc.constantFrom(0, 1, 9, 10, 11, 99, 100, 101, 126, 127, 128, 169, 172, 192, 198, 203, 223, 224, 239, 240, 255),
  fc.constantFrom(0, 2, 15, 16, 17, 18, 19, 20, 31, 32, 51, 63, 64, 88, 127, 128, 167, 168, 169, 253, 254, 255),
  fc.constantFrom(0, 1, 2, 3, 99, 100, 112, 113, 114, 255),
  byte,
);
const ipv4 = fc.oneof(anyIpv4, borderIpv4);
const group = fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0, 0, 0xffff));
const groups = fc.array(group, { minLength: 8, maxLength: 8 });

const hex = (value: number) => value.toString(16);
const lastGroups = ([a, b, c, d]: readonly number[]) => `${hex(a! * 256 + b!)}:${hex(c! * 256 + d!)}`;

describe('the address guard', () => {
  test('tells public IPv4 addresses from all others', () => {
    fc.assert(fc.property(ipv4, (bytes) => expect(isPublicAddress(bytes.join('.'))).toBe(isPublicIpv4(bytes))));
  });

  test('judges an IPv4 address the same in every IPv6 form that stands for it', () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const plain = bytes.join('.');
        const forms = [
          `::ffff:${plain}`,
          `::FFFF:${lastGroups(bytes)}`,
          `0:0:0:0:0:ffff:${lastGroups(bytes)}`,
          `64:ff9b::${plain}`,
          `64:ff9b::${lastGroups(bytes)}`,
        ];
        for (const form of forms) {
          expect(unmapAddress(form)).toBe(plain);
          expect(isPublicAddress(form)).toBe(isPublicIpv4(bytes));
        }
      }),
    );
  });

  test('takes no IPv6 address outside of 2000::/3 for public, and of those inside neither tunnels nor documentation', () => {
    fc.assert(
      fc.property(groups, (parts) => {
        const address = parts.map(hex).join(':');
        fc.pre(unmapAddress(address) === address);
        const [first = 0, second = 0] = parts;
        const isGlobal = first >> 13 === 1;
        const isSpecial =
          first === 0x2002 ||
          (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
          (first === 0x3fff && second < 0x1000);
        expect(isPublicAddress(address)).toBe(isGlobal && !isSpecial);
      }),
    );
  });

  test.each([
    ['8.8.8.8', true],
    ['2606:4700:4700::1111', true],
    ['::1', false],
    ['::', false],
    ['::127.0.0.1', false],
    ['fe80::1', false],
    ['fe80::1%eth0', false],
    ['fd00:ec2::254', false],
    ['ff02::1', false],
    ['2001:db8::1', false],
    ['2001:0:53aa:64c::', false],
    ['2002:7f00:1::', false],
    ['64:ff9b:1::a00:1', false],
    ['::ffff:0:127.0.0.1', false],
    ['169.254.169.254', false],
    ['127.0.0.1 ', false],
    ['0x7f.1', false],
    ['2130706433', false],
    ['localhost', false],
    ['', false],
  ])('%p is public: %p', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});

describe('address blocks', () => {
  test('hold exactly the addresses that share their prefix', () => {
    fc.assert(
      fc.property(anyIpv4, anyIpv4, fc.integer({ min: 1, max: 32 }), (block, other, bits) => {
        const number = (bytes: readonly number[]) => bytes.reduce((value, part) => value * 256 + part, 0);
        const prefix = (bytes: readonly number[]) => Math.floor(number(bytes) / 2 ** (32 - bits));
        const blocks = new AddressBlocks([`${block.join('.')}/${bits}`]);
        expect(blocks.has(block.join('.'))).toBe(true);
        expect(blocks.has(other.join('.'))).toBe(prefix(block) === prefix(other));
      }),
    );
  });

  test.each([
    ['10.0.0.0/8', true],
    ['10.0.0.1', true],
    ['fd00::/8', true],
    ['::1/128', true],
    ['10.0.0.0/33', false],
    ['fd00::/129', false],
    ['10.0.0.0/-1', false],
    ['10.0.0.0/', false],
    ['10.0.0.0/8/8', false],
    ['10.0/8', false],
    ['fe80::1%eth0', false],
    ['hooks.lan', false],
  ])('%p is one: %p', (text, isBlock) => {
    expect(isAddressBlock(text)).toBe(isBlock);
  });
});
