import { describe, expect, test } from '@jest/globals';
import { given, type Manifest, namespace, workload } from './given.ts';

const shop = namespace('shop');

function node(name: string, ...podCIDRs: readonly string[]): Manifest {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDRs } };
}

function serviceRange(...cidrs: readonly string[]): Manifest {
  const metadata = { name: 'kubernetes' };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata, spec: { cidrs } };
}

describe('The cluster’s own addresses', () => {
  const found = [node('one', '10.244.0.0/24', 'fd00:10::/64'), serviceRange('198.51.100.0/24')];

  test('are found from Nodes and ServiceCIDRs: an entry that overlaps them is refused, and no other', () => {
    const talksTo = '10.244.0.0/16, 198.51.100.7, [fd00:10::1], 203.0.113.0/24, 10.245.0.0/16';
    const { states, allows } = given([shop, ...found, workload('shop/web', { talksTo })]);
    expect(states).toMatchObject({
      'web: 10.244.0.0/16': 'Refused/OverlapsCluster',
      'web: 198.51.100.7': 'Refused/OverlapsCluster',
      'web: [fd00:10::1]': 'Refused/OverlapsCluster',
      'web: 203.0.113.0/24': 'Allowed/Allowed',
      'web: 10.245.0.0/16': 'Allowed/Allowed',
    });
    const reached = ['10.244.0.1', '198.51.100.7', 'fd00:10::1', '203.0.113.7', '10.245.0.1'];
    expect(reached.filter((address) => allows('web', address, 443))).toEqual([
      ...['203.0.113.7', '10.245.0.1'],
    ]);
  });

  test('are among all addresses, so that who writes those is told what there is instead', () => {
    const { why } = given([shop, ...found, workload('shop/web', { talksTo: '0.0.0.0/0' })]);
    expect(why['web: 0.0.0.0/0']).toContain('write @internet for those outside');
  });

  test('are left out of @internet', () => {
    const { allows } = given([shop, ...found, workload('shop/web', { talksTo: '@internet' })]);
    expect(allows('web', '198.51.100.7', 443)).toBe(false);
    expect(allows('web', '198.51.101.7', 443)).toBe(true);
  });

  test('where nothing tells of them, it is said that an overlap cannot be seen', () => {
    const web = workload('shop/web', { acceptsFrom: '10.0.0.0/8' });
    expect(given([shop, web]).codes).toEqual(['ClusterRangesUnknown']);
    expect(given([shop, web, node('one', '10.244.0.0/24')]).codes).toEqual(['OverlapsCluster']);
  });

  test.each(['203.0.113.0/24', '@internet'])(
    'where ServiceCIDRs alone are told, it is said of %s that pods may be meant',
    (entry) => {
      const web = workload('shop/web', { acceptsFrom: entry });
      const services = serviceRange('172.20.0.0/16');
      const told = 'ClusterRangesUnknown';
      expect(given([shop, web, services]).codes).toEqual([told]);
      expect(given([shop, web, services, node('one')]).codes).toEqual([told]);
      expect(given([shop, web, services, node('one', '10.244.0.0/24')]).codes).toEqual([]);
    },
  );
});

describe('The cluster’s DNS', () => {
  const system = namespace('kube-system');
  const coredns = workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' } });
  const web = workload('shop/web', { talksTo: '203.0.113.7' });

  test('is the pods of its usual label where there is no Service of it, and that is said', () => {
    const { allows, codes } = given([shop, system, coredns, web]);
    expect(codes).toContain('DNSServiceNotFound');
    for (const protocol of ['TCP', 'UDP'] as const) {
      expect(allows('web', 'kube-system/coredns', 53, protocol)).toBe(true);
    }
    expect(allows('web', 'kube-system/coredns', 9153)).toBe(false);
  });

  test('is its node-local cache, too, where there is one', () => {
    const cache = { kind: 'DaemonSet', hostNetwork: true } as const;
    const local = workload('kube-system/node-local-dns', cache);
    const asks = ({ allows }: ReturnType<typeof given>) =>
      allows('web', '169.254.20.10', 53, 'UDP');
    expect(asks(given([shop, system, coredns, web, local]))).toBe(true);
    expect(asks(given([shop, system, coredns, web]))).toBe(false);
  });
});
