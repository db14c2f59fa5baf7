import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  addresses,
  type DnsServer,
  startDnsServer,
  type Zone,
} from '../../../test/support/dns-server.ts';
import { createHostResolver, type HostResolver } from './resolver.ts';

const name = 'api.stripe.com';
let server: DnsServer;
let resolver: HostResolver;

beforeAll(async () => {
  server = await startDnsServer();
  resolver = createHostResolver({ servers: [server.address], timeout: 100 });
});
beforeEach(() => {
  server.zones.clear();
  server.asked.length = 0;
});
afterAll(() => server.stop());

/** The same answer, for a question that nobody has asked. */
function withId(more: number) {
  return (bytes: Buffer): Buffer[] => {
    const other = Buffer.from(bytes);
    other.writeUInt16BE((bytes.readUInt16BE() + more) & 0xffff);
    return [other];
  };
}

const asAnother = (bytes: Buffer) => [
  Buffer.from(bytes.toString('latin1').replaceAll('stripe', 'strife'), 'latin1'),
];
const cutOff = (bytes: Buffer) => [bytes.subarray(0, -2)];

/** An OPT record behind the answer, whose options are said to be longer than they are. */
function withOptions(bytes: Buffer): Buffer[] {
  const option = [0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 9, 255, 255, 255, 255, 1, 2, 3, 4, 5];
  const more = Buffer.concat([bytes, Buffer.from(option)]);
  more.writeUInt16BE(1, 10);
  return [more];
}

const cname = (ttl: number) => ({ type: 'CNAME', name, ttl, data: 'edge.example.net' }) as const;

describe('A name that is asked for', () => {
  test('is answered by its A and its AAAA records, each asked for apart', async () => {
    server.zones.set(name, { answers: addresses(name, 60, '198.51.100.7', '2001:DB8::7') });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: ['198.51.100.7'], ttl: 60_000 });
    expect(await resolver.ask(name, 6)).toEqual({ addresses: ['2001:db8::7'], ttl: 60_000 });
    expect(server.asked).toEqual([`udp A ${name}`, `udp AAAA ${name}`]);
  });

  test('has the shortest TTL of its records and of the CNAMEs that lead to them', async () => {
    const far = addresses('edge.example.net', 300, '198.51.100.7');
    server.zones.set(name, { answers: [cname(20), ...far] });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: ['198.51.100.7'], ttl: 20_000 });
    const two = [...addresses(name, 300, '198.51.100.7'), ...addresses(name, 40, '198.51.100.8')];
    server.zones.set(name, { answers: two });
    expect(await resolver.ask(name, 4)).toMatchObject({ ttl: 40_000 });
  });

  test('is asked for again over TCP where the answer was cut off', async () => {
    server.zones.set(name, { answers: addresses(name, 60, '198.51.100.7'), truncated: true });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: ['198.51.100.7'], ttl: 60_000 });
    expect(server.asked).toEqual([`udp A ${name}`, `tcp A ${name}`]);
  });

  test('may have five hundred addresses, and of more no more are looked at', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
    server.zones.set(name, { answers: addresses(name, 0, ...many.slice(0, 500)), truncated: true });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: many.slice(0, 500), ttl: 0 });
    server.zones.set(name, { answers: addresses(name, 0, ...many), truncated: true });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: many.slice(0, 512), ttl: 0 });
  });

  test('may have records that hold for longer than anybody can wait', async () => {
    server.zones.set(name, { answers: addresses(name, 2 ** 32 - 1, '198.51.100.7') });
    expect(await resolver.ask(name, 4)).toMatchObject({ ttl: (2 ** 32 - 1) * 1000 });
  });

  test('is asked for as it is: no search domain is tried behind it, and no answer is kept', async () => {
    await resolver.ask('nowhere.example.com', 4);
    expect(server.asked).toEqual(['udp A nowhere.example.com']);
    server.zones.set(name, { answers: addresses(name, 300, '198.51.100.7') });
    await resolver.ask(name, 4);
    server.zones.set(name, { answers: addresses(name, 300, '198.51.100.8') });
    expect(await resolver.ask(name, 4)).toMatchObject({ addresses: ['198.51.100.8'] });
  });

  test('is answered by the one answer with its id, whatever else is sent', async () => {
    const flood = (bytes: Buffer) => Array.from({ length: 100 }, (_, id) => withId(id + 1)(bytes));
    const spoil = (bytes: Buffer) => [...flood(bytes).flat(), bytes];
    server.zones.set(name, { answers: addresses(name, 60, '198.51.100.7'), spoil });
    expect(await resolver.ask(name, 4)).toEqual({ addresses: ['198.51.100.7'], ttl: 60_000 });
  });

  const usual = { answers: addresses(name, 60, '2001:db8::7') };
  const mapped = addresses(name, 60, '::ffff:198.51.100.7');
  const back = { type: 'CNAME', name: 'edge.example.net', ttl: 20, data: name } as const;
  test.each<readonly [string, Zone | undefined, string]>([
    ['does not exist', undefined, 'NXDOMAIN'],
    ['has no addresses', {}, 'NoAddress'],
    ['ends with a CNAME that leads to none', { answers: [cname(20)] }, 'NoAddress'],
    ['goes round in a circle', { answers: [cname(20), back] }, 'NoAddress'],
    ['is IPv4 written as IPv6', { answers: mapped }, 'NoAddress'],
    ['is said not to exist, with addresses', { ...usual, code: 'NXDOMAIN' }, 'NXDOMAIN'],
    ['nobody can find out', { code: 'SERVFAIL' }, 'SERVFAIL'],
    ['is not for us', { code: 'REFUSED' }, 'REFUSED'],
    ['is never answered', { silent: true }, 'Timeout'],
    ['is answered too late', { ...usual, late: 1_500 }, 'Timeout'],
    ['is cut off, with nobody there over TCP', { truncated: 'alone' }, 'Timeout'],
    ['is answered under another id', { ...usual, spoil: withId(1) }, 'Timeout'],
    ['is answered as another name', { ...usual, spoil: asAnother }, 'Timeout'],
    ['is answered with half a record', { ...usual, spoil: cutOff }, 'BadAnswer'],
    ['has options that lie about their length', { ...usual, spoil: withOptions }, 'BadAnswer'],
    ['is answered with no DNS message', { spoil: () => [Buffer.from('hello')] }, 'BadAnswer'],
  ])('and that %s has no address, and it is known why', async (_what, zone, miss) => {
    if (zone !== undefined) server.zones.set(name, zone);
    expect(await resolver.ask(name, 6)).toEqual({ miss });
  });
});

test('Without a server that can be reached nothing is known', async () => {
  const gone = await startDnsServer();
  await gone.stop();
  const alone = createHostResolver({ servers: [gone.address], timeout: 100 });
  expect(await alone.ask(name, 4)).toEqual({ miss: 'Unreachable' });
});

test('A resolver that is stopped lets go of what it waits for', async () => {
  server.zones.set(name, { silent: true });
  const stopped = createHostResolver({ servers: [server.address], timeout: 60_000 });
  const asking = stopped.ask(name, 4);
  stopped.stop();
  expect(await asking).toEqual({ miss: 'BadAnswer' });
});
