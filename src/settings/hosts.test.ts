import { describe, expect, test } from '@jest/globals';
import { hostsOf, readConfig } from '../settings.ts';

const read = (hosts: unknown) => readConfig({ file: { hosts }, environment: {}, flags: {} });

describe('The settings of hosts', () => {
  test('are seconds, and half a minute, five minutes and an hour unless they say otherwise', () => {
    expect(hostsOf(read({ grace: 7200 })).pace).toMatchObject({
      ...{ minimumTTL: 30_000, maximumTTL: 300_000, grace: 7_200_000 },
    });
  });

  test('may name DNS servers, with a port and without', () => {
    const servers = ['10.96.0.10', '127.0.0.1:5353', '[2001:db8::53]:53', '2001:db8::53'];
    expect(hostsOf(read({ servers })).servers).toEqual(servers);
  });

  test.each([
    ['a server by its name', { servers: ['dns.example'] }, /not the address of a DNS server/],
    [
      'a port that there is not',
      { servers: ['10.96.0.10:99999'] },
      /not the address of a DNS server/,
    ],
    ['no server at all', { servers: [] }, /hosts\.servers/],
    [
      'a floor above the ceiling',
      { minimumTTL: 400 },
      /must not be more than maximumTTL, which is 300/,
    ],
    [
      'a grace in which hardly anything is asked',
      { grace: 600 },
      /at least 1200, four times maximumTTL/,
    ],
    ['a TTL of nothing', { minimumTTL: 0 }, /hosts\.minimumTTL/],
    ['another word', { ttl: 30 }, /ttl/],
  ])('are refused with %s', (_what, hosts, message) => {
    expect(() => read(hosts)).toThrow(message);
  });
});
