import { describe, expect, test } from '@jest/globals';
import { readObject } from './read.ts';

const metadata = { name: 'x', namespace: 'shop' };
const labels = { app: 'x' };

describe('whom pods ask for names', () => {
  const dnsOf = (podSpec: object) => {
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [], ...podSpec } },
    };
    const record = readObject('apps/v1', 'Deployment', { metadata, spec });
    if (record === undefined || !('ref' in record) || record.kind !== 'Workload') {
      throw new Error(`no workload: ${JSON.stringify(record)}`);
    }
    return record.dns;
  };
  const nameservers = ['10.0.0.2', '127.0.0.1', '2001:DB8::53', 'ns.example.com', '10.0.0.2'];
  const dnsConfig = { nameservers, searches: ['example.com'] };

  test.each([
    ['None', ['10.0.0.2', '2001:db8::53']],
    ['Default', undefined],
  ])('is their own matter with dnsPolicy %s: %s', (dnsPolicy, servers) => {
    expect(dnsOf({ dnsPolicy, dnsConfig })).toEqual(servers === undefined ? {} : { servers });
  });

  test('is three servers at most, as in a Pod: what checks no more of them is read no further', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const dns = dnsOf({ dnsPolicy: 'None', dnsConfig: { nameservers: many } });
    expect(dns).toEqual({ servers: ['10.0.0.0', '10.0.0.1', '10.0.0.2'] });
  });

  test.each([
    ['that is left out', {}],
    ['that is left out, with more servers', { dnsConfig }],
    ['ClusterFirst', { dnsPolicy: 'ClusterFirst', dnsConfig }],
    ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet' }],
    ['None, and a server in the pod', { dnsPolicy: 'None', dnsConfig: { nameservers: ['::1'] } }],
    ['None, and nothing else', { dnsPolicy: 'None', dnsConfig: null }],
    ['Default on the host’s network', { dnsPolicy: 'Default', hostNetwork: true }],
  ])('is the cluster’s DNS, or no matter of policies, with a dnsPolicy %s', (_what, spec) => {
    expect(dnsOf(spec)).toBeUndefined();
  });
});
