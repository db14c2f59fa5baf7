import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAddresses, type KnownAddresses, readAddresses } from './kept-addresses.ts';
import { formatPorts, readPorts } from './template-ports.ts';

const address = fc.constantFrom<string>(
  '198.51.100.7',
  '198.51.100.8',
  '2001:db8::7',
  '2001:db8::8',
);
/** Whole seconds, as they are kept. */
const time = fc.nat({ max: 4_000_000_000 }).map((seconds) => seconds * 1000);
const port = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
});
const ports = fc.uniqueArray(port, { maxLength: 3, selector: (each) => formatPorts([each]) });
const known: fc.Arbitrary<KnownAddresses> = fc
  .record({
    ports: ports.map((all) => readPorts(formatPorts(all))),
    of: fc.constantFrom('api.stripe.com', 'a.example', '@kube-apiserver'),
    addresses: fc.uniqueArray(address, { minLength: 1 }),
    ends: fc.dictionary(address, time),
  })
  .map(({ of, addresses, ends, ports: had }) => ({
    ...{ of, addresses: addresses.sort(), ...(had.length > 0 && { ports: had }) },
    until: Object.fromEntries(Object.entries(ends).filter(([each]) => addresses.includes(each))),
  }));
const all = fc.uniqueArray(known, { selector: ({ of }) => of });

describe('The addresses that a policy remembers', () => {
  test('are read as they were written, in one form whatever order they are given in', () => {
    fc.assert(
      fc.property(all, (records) => {
        const text = formatAddresses(records);
        const sorted = records.toSorted((a, b) => (a.of < b.of ? -1 : 1));
        expect(readAddresses(text ?? '')).toEqual(sorted);
        expect(formatAddresses(records.toReversed())).toBe(text);
      }),
    );
  });

  test('are a line that people can read', () => {
    const until = { '198.51.100.8': Date.UTC(2026, 10, 29, 5) };
    const records = [{ of: 'api.stripe.com', addresses: ['198.51.100.7', '198.51.100.8'], until }];
    expect(formatAddresses(records)).toBe(
      '{"api.stripe.com":{"198.51.100.7":"live","198.51.100.8":"2026-11-29T05:00:00Z"}}',
    );
  });

  test('are a line with the ports of the API server', () => {
    const known = { of: '@kube-apiserver', addresses: ['192.0.2.1'], until: {} };
    const had = { ...known, ports: [{ port: 6443, protocol: 'TCP' as const }] };
    const text = '{"@kube-apiserver":{"192.0.2.1":"live","ports":"6443/TCP"}}';
    expect(formatAddresses([had])).toBe(text);
    expect(readAddresses(text)).toEqual([had]);
  });

  test.each([
    ['none, as before they were kept', ''],
    ['no text', ',"ports":[6443]'],
    ['no ports', ',"ports":"all, 0/TCP, 65536/TCP, 443/ICMP"'],
  ])('have no port where it says %s', (_, text) => {
    const known = { of: '@kube-apiserver', addresses: ['192.0.2.1'], until: {} };
    expect(readAddresses(`{"@kube-apiserver":{"192.0.2.1":"live"${text}}}`)).toEqual([known]);
  });

  test('have no more ports than an EndpointSlice may have', () => {
    const many = Array.from({ length: 200 }, (_, index) => `${index + 1}/TCP`).join();
    const [known] = readAddresses(`{"@kube-apiserver":{"192.0.2.1":"live","ports":"${many}"}}`);
    expect(known?.ports).toHaveLength(100);
  });

  test('are nothing where nothing is known', () => {
    expect(formatAddresses([])).toBeUndefined();
    expect(formatAddresses([{ of: 'a.example', addresses: [], until: {} }])).toBeUndefined();
  });

  test('are bounded: what does not fit is left out whole', () => {
    const addresses = Array.from({ length: 64 }, (_, index) => `2001:db8:0:1:2:3:4:${index + 256}`);
    const many = Array.from({ length: 256 }, (_, index) => ({
      of: `h${index}.example`,
      ...{ addresses, until: {} },
    }));
    const text = formatAddresses(many) ?? '';
    expect(text.length).toBeLessThanOrEqual(64 * 1024);
    expect(readAddresses(text).length).toBeGreaterThan(10);
    for (const each of readAddresses(text)) expect(each.addresses).toHaveLength(64);
    expect(formatAddresses(many.toReversed())).toBe(text);
  });

  test.each([
    ['no JSON', 'nonsense'],
    ['no object', '["198.51.100.7"]'],
    ['no addresses', '{"a.example":"198.51.100.7"}'],
    ['a block', '{"a.example":{"0.0.0.0/0":"live"}}'],
    ['another form of an address', '{"a.example":{"2001:DB8::7":"live"}}'],
    ['no address', '{"a.example":{"b.example":"live"}}'],
    ['an end that is no time', '{"a.example":{"198.51.100.7":"tomorrow"}}'],
    ['an end that is no text', '{"a.example":{"198.51.100.7":4000000000000}}'],
  ])('are nothing where somebody wrote %s', (_what, text) => {
    expect(readAddresses(text)).toEqual([]);
  });
});
