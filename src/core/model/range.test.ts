import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  blockOf,
  canonicalAddress,
  contains,
  firstOutside,
  meetingIn,
  outermost,
  readRange,
  representatives,
} from './range.ts';
import { alsoThroughNat64, internal } from './reserved.ts';

const block = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255), fc.integer({ min: 0, max: 32 }))
  .map(([a, b, c, d, length]) => {
    const value = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const kept = length === 0 ? 0 : ((value >>> (32 - length)) << (32 - length)) >>> 0;
    const bytes = [24, 16, 8, 0].map((shift) => (kept >>> shift) & 255);
    return { cidr: `${bytes.join('.')}/${length}`, first: kept, size: 2 ** (32 - length) };
  });

describe('What leads nowhere outside the cluster', () => {
  const inside = meetingIn(internal);
  const isInside = (address: string) => inside(address).length > 0;
  test.each([
    ...['10.1.2.3', '169.254.169.254', '0.0.0.0', '255.255.255.255', 'fd00::1', '::'],
    ...['64:ff9b::a00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::c0a8:101', '64:ff9b::7f00:1'],
    ...['fec0::1', '64:ff9b:1::a00:1', '64:ff9b:1:fffe::cb00:7107'],
    ...[
      '2002:a00:1::1',
      '2002:a9fe:a9fe::1',
      '2002:ac1f:ffff::',
      '2002:c0a8:101::1',
      '2002:7f00:1::',
    ],
  ])('%s does', (address) => expect(isInside(address)).toBe(true));

  test.each([
    ...['203.0.113.7', '2001:db8::1', '64:ff9b::cb00:7107', '64:ff9b:2::a00:1'],
    ...['2002:cb00:7107::a00:1', '2002:ac20::1', '2002:b00:1::'],
  ])('%s does not', (address) => expect(isInside(address)).toBe(false));
});

describe('What blocks of IPv4 are through NAT64', () => {
  test('comes after them, in canonical form, and IPv6 is left as it is', () => {
    const blocks = ['10.0.0.0/8', '203.0.113.7/32', 'fd00::/8'];
    const translated = ['64:ff9b::a00:0/104', '64:ff9b::cb00:7107/128'];
    expect(alsoThroughNat64(blocks)).toEqual([...blocks, ...translated]);
  });

  test('has no host bits, and is nothing for what is no block', () => {
    const blocks = ['198.51.100.7/24', '203.0.113.7', '300.1.2.3/24', '10.0.0.0/33', 'x', ''];
    const translated = ['64:ff9b::c633:6400/120', '64:ff9b::cb00:7107/128'];
    expect(alsoThroughNat64(blocks)).toEqual([...blocks, ...translated]);
  });

  test('is the same addresses for any block', () => {
    fc.assert(
      fc.property(block, block, (a, b) => {
        const [, one = ''] = alsoThroughNat64([a.cidr]);
        const [, other = ''] = alsoThroughNat64([b.cidr]);
        expect(readRange(one)).toBe(one);
        expect(contains(one, other)).toBe(contains(a.cidr, b.cidr));
      }),
    );
  });
});

describe('Address ranges', () => {
  test('a canonical block reads as itself', () => {
    fc.assert(fc.property(block, ({ cidr }) => expect(readRange(cidr)).toBe(cidr)));
  });

  test('one block contains another exactly when all of its addresses do', () => {
    fc.assert(
      fc.property(block, block, (a, b) => {
        const inside = a.first <= b.first && b.first + b.size <= a.first + a.size;
        expect(contains(a.cidr, b.cidr)).toBe(inside);
        const apart = a.first + a.size <= b.first || b.first + b.size <= a.first;
        expect(meetingIn([a.cidr])(b.cidr)).toEqual(apart ? [] : [a.cidr]);
      }),
    );
  });

  test('an address lies in one of many blocks exactly when some block contains it', () => {
    const blocks = fc.array(
      fc.oneof(
        block.map(({ cidr }) => cidr),
        fc.constantFrom('::/0', 'fc00::/7'),
      ),
    );
    const near = fc.tuple(fc.nat(3), fc.nat(255)).map(([a, b]) => `${a * 64}.0.0.${b}`);
    const address = fc.oneof(near, fc.constantFrom('2001:db8::7', 'fd00::7', '255.255.255.255'));
    fc.assert(
      fc.property(blocks, address, (all, one) => {
        expect(meetingIn(all)(one).length).toBe(
          all.some((each) => contains(each, blockOf(one))) ? 1 : 0,
        );
      }),
    );
  });

  test.each([
    ['198.51.100.7', '198.51.100.7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['::ffff:198.51.100.7', undefined],
    ['198.51.100.7/32', undefined],
    ['198.51.100', undefined],
    ['api.stripe.com', undefined],
  ])('of an answer of DNS, %s is the address %s', (text, address) => {
    expect(canonicalAddress(text)).toBe(address);
  });

  test('IPv4 and IPv6 never overlap', () => {
    expect(meetingIn(['0.0.0.0/0'])('::/0')).toEqual([]);
    expect(contains('::/0', '203.0.113.0/24')).toBe(false);
  });

  test('IPv6 blocks are compared by their bits', () => {
    expect(contains('fc00::/7', 'fd12:3456::/32')).toBe(true);
    expect(contains('fe80::/10', 'fec0::/10')).toBe(false);
  });

  test('only the outermost blocks are kept', () => {
    expect(outermost(['10.1.0.0/16', '10.0.0.0/8', '10.0.0.0/8', 'fc00::/7'])).toEqual([
      ...['10.0.0.0/8', 'fc00::/7'],
    ]);
  });

  test('each block is represented by its first address in no smaller one, where it has one', () => {
    const nested = fc.tuple(fc.nat(7), fc.integer({ min: 29, max: 32 }));
    fc.assert(
      fc.property(fc.array(nested, { maxLength: 12 }), (parts) => {
        const blocks = parts.map(([last, length]) => `10.0.0.${last}/${length}`);
        const given = [...new Set(blocks)].filter((each) => typeof readRange(each) === 'string');
        const expected = given.flatMap((each) => {
          const smaller = given.filter((other) => other !== each && contains(each, other));
          const first = firstOutside(each, smaller);
          return first === undefined ? [] : [[each, first] as const];
        });
        expect(representatives([...given, '::/0'])).toEqual(new Map([...expected, ['::/0', '::']]));
      }),
    );
  });

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '0x7f.1.1.1',
    '1.2.3.4/',
    '1.2.3.4/x',
    'fe80::1%eth0',
    '::g',
  ])('%j is no range', (text) => {
    expect(typeof readRange(text)).toBe('object');
  });
});
