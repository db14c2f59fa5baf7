import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { holdsAddress, parseAddress, parseBlock } from './addresses.ts';

function holds(cidr: string, address: string, ...except: string[]): boolean | undefined {
  const block = parseBlock({ cidr, except });
  const parsed = parseAddress(address);
  return block && parsed && holdsAddress(block, parsed);
}

test('a block holds the addresses from its first to its last', () => {
  expect(holds('192.168.4.0/22', '192.168.4.0')).toBe(true);
  expect(holds('192.168.4.0/22', '192.168.7.255')).toBe(true);
  expect(holds('192.168.4.0/22', '192.168.8.0')).toBe(false);
  expect(holds('192.168.4.0/22', '192.168.3.255')).toBe(false);
});

test('a block may be one address or all of a family', () => {
  expect(holds('10.0.0.1/32', '10.0.0.1')).toBe(true);
  expect(holds('10.0.0.1/32', '10.0.0.2')).toBe(false);
  expect(holds('0.0.0.0/0', '255.255.255.255')).toBe(true);
  expect(holds('::1/128', '::1')).toBe(true);
  expect(holds('::/0', 'ffff::')).toBe(true);
});

test('bits behind the prefix do not matter', () => {
  expect(holds('10.9.8.7/8', '10.1.1.1')).toBe(true);
  expect(holds('2001:db8::7/32', '2001:db8:1::')).toBe(true);
});

test('all of one family holds nothing of the other', () => {
  expect(holds('0.0.0.0/0', '2001:db8::1')).toBe(false);
  expect(holds('::/0', '10.0.0.1')).toBe(false);
});

test('a v4-mapped v6 address is the v4 address that it means', () => {
  expect(holds('10.0.0.0/8', '::ffff:10.1.2.3')).toBe(true);
  expect(holds('10.0.0.0/8', '::ffff:0a01:0203')).toBe(true);
  expect(holds('::/0', '::ffff:10.1.2.3')).toBe(false);
});

test('a v4-mapped block is the v4 block that it means', () => {
  expect(holds('::ffff:10.0.0.0/104', '10.255.0.0')).toBe(true);
  expect(holds('::ffff:10.0.0.0/104', '11.0.0.0')).toBe(false);
  expect(holds('::ffff:0:0/96', '1.2.3.4')).toBe(true);
  expect(holds('::ffff:0:0/95', '1.2.3.4')).toBe(false);
  expect(holds('::ffff:0:0/95', '::fffe:1:2')).toBe(true);
});

test('exceptions are taken out, and may lie outside or cover all', () => {
  expect(holds('10.0.0.0/8', '10.1.0.0', '10.1.0.0/16')).toBe(false);
  expect(holds('10.0.0.0/8', '10.2.0.0', '10.1.0.0/16', '11.0.0.0/8')).toBe(true);
  expect(holds('10.0.0.0/8', '10.2.0.0', '10.0.0.0/8')).toBe(false);
  expect(holds('10.0.0.0/8', '10.2.0.0', '::/0')).toBe(true);
});

test.each([
  '',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/8 ',
  '10/8',
  '10.0.0/8',
  '010.0.0.0/8',
  '0x0a.0.0.0/8',
  '256.0.0.0/8',
  '::/129',
  '::ffff:10.0.0.0/129',
  'fe80::1%eth0/64',
  ':::/0',
  'shop/8',
])('%j is no block', (cidr) => {
  expect(parseBlock({ cidr })).toBeUndefined();
  expect(parseBlock({ cidr: '0.0.0.0/0', except: [cidr] })).toBeUndefined();
});

test.each(['', 'localhost', '10.0.0', '167772161', '010.0.0.1', '10.0.0.1/32', '1.2.3.4.5', ':::'])(
  '%j is no address',
  (address) => expect(parseAddress(address)).toBeUndefined(),
);

test('the zone of an address does not matter', () => {
  expect(holds('fe80::/10', 'fe80::1%eth0')).toBe(true);
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), fc.string(), (a, b) => {
      parseAddress(a);
      parseBlock({ cidr: `${a}/${b}` });
      parseBlock({ cidr: b, except: [a] });
    }),
  );
});

test('a v4 block holds what shifting the numbers says', () => {
  const number = (text: string) =>
    text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), fc.boolean(), (a, other, prefix, near) => {
      const b = near ? `${a.slice(0, a.lastIndexOf('.'))}.${number(other) % 256}` : other;
      const size = 2 ** (32 - prefix);
      const expected = Math.floor(number(a) / size) === Math.floor(number(b) / size);
      expect(holds(`${a}/${prefix}`, b)).toBe(expected);
    }),
  );
});
