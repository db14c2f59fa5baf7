import { describe, expect, test } from '@jest/globals';
import { namespace, service, servicePort, workload } from '../../../test/support/builders.ts';
import { letsIn, nginxPod, statesOf, worldFrom } from '../../../test/support/outside.ts';
import { apiServer, node } from '../../../test/support/outside-builders.ts';
import { compile, compileAll } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import type { AddressesRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { coreDns, egressOf, noDns, worldSaying } from './fixtures/given.ts';

const learnt = (of: string, ...addresses: string[]): AddressesRecord => ({
  ...{ kind: 'Addresses', of, addresses, until: {} },
});

describe('talks-to @kube-apiserver', () => {
  const slice = apiServer(['192.0.2.1', '2001:db8::1']);

  test('means its addresses on its own ports, of either family', () => {
    const world = worldSaying({ talksTo: '@kube-apiserver' }, [slice]);
    expect(egressOf(world)).toEqual(['192.0.2.1/32 6443/TCP', '2001:db8::1/128 6443/TCP']);
  });

  test('means the ClusterIPs in front of them as well, on the ports of that Service', () => {
    const front = service('default/kubernetes', [servicePort(443, 6443)], {
      clusterIPs: ['10.96.0.1', 'fd00::1'],
    });
    const own = ['192.0.2.1/32 6443/TCP', '2001:db8::1/128 6443/TCP'];
    const world = worldSaying({ talksTo: '@kube-apiserver' }, [slice, front]);
    expect(egressOf(world)).toEqual(['10.96.0.1/32 443/TCP', ...own, 'fd00::1/128 443/TCP']);
    expect(statesOf(world)).toEqual([expect.stringMatching(/^@kube-apiserver: Allowed/)]);
    // It is in the range of Services, of which the entry says nothing.
    const range = {
      kind: 'ClusterRange',
      source: 'ServiceCIDR/a',
      ranges: ['10.96.0.0/12'],
    } as const;
    expect(egressOf(worldSaying({ talksTo: '@kube-apiserver' }, [slice, front, range]))).toEqual(
      egressOf(world),
    );
  });

  test('does not mean a ClusterIP that leads nowhere', () => {
    const front = service('default/kubernetes', [servicePort(443, 6443)], {
      clusterIPs: ['10.96.0.1'],
    });
    const world = worldSaying({ talksTo: '@kube-apiserver' }, [front]);
    expect(egressOf(world)).toEqual([]);
    expect(statesOf(world).join()).toContain('Pending/PartyUnknown');
  });

  test('is remembered by who talks to it, and not by who accepts it', () => {
    const annotated = (says: object) =>
      JSON.stringify(compileAll(worldSaying(says, [slice])).map(({ policies }) => policies));
    const annotation = 'appconnectivity.dev/addresses';
    expect(annotated({ talksTo: '@kube-apiserver' })).toContain(annotation);
    expect(annotated({ acceptsFrom: '@kube-apiserver' })).not.toContain(annotation);
  });

  test('keeps the addresses that it left a while ago, beside the new ones', () => {
    const records = [apiServer(['192.0.2.2']), learnt('@kube-apiserver', '192.0.2.1')];
    expect(egressOf(worldSaying({ talksTo: '@kube-apiserver' }, records))).toEqual([
      ...['192.0.2.1/32 6443/TCP', '192.0.2.2/32 6443/TCP'],
    ]);
  });

  test('waits where it is not known, and names no setting that would not help', () => {
    const world = worldSaying({ talksTo: '@kube-apiserver' });
    expect(egressOf(world)).toEqual([]);
    expect(statesOf(world)).toEqual([
      '@kube-apiserver: Pending/PartyUnknown: "@kube-apiserver": @kube-apiserver is not known, so nothing is allowed: no EndpointSlice of default/kubernetes has an address with a port; see to the API server, or, over files, add that EndpointSlice',
    ]);
  });

  test('waits as well where no port of it is known, but for who writes one', () => {
    const left = [learnt('@kube-apiserver', '192.0.2.1')];
    expect(statesOf(worldSaying({ talksTo: '@kube-apiserver' }, left))).toEqual([
      '@kube-apiserver: Pending/PartyUnknown: "@kube-apiserver": @kube-apiserver is not known, so nothing is allowed: no EndpointSlice of default/kubernetes has an address with a port; see to the API server, or, over files, add that EndpointSlice',
    ]);
    const world = worldSaying({ talksTo: '@kube-apiserver:443' }, left);
    expect(egressOf(world)).toEqual(['192.0.2.1/32 443/TCP']);
  });

  test('is unenforced where Cilium runs, which says what to write instead; the rule stays', () => {
    const cilium = workload('kube-system/cilium', { kind: 'DaemonSet', hostNetwork: true });
    const world = worldSaying({ talksTo: '@kube-apiserver' }, [slice, cilium]);
    expect(egressOf(world)).toHaveLength(2);
    expect(statesOf(world).join()).toMatch(
      /Unenforced\/EngineCannot: .*CiliumNetworkPolicy with toEntities: kube-apiserver/,
    );
  });
});

describe('@nodes', () => {
  test('means the addresses of all nodes and the configured ones, in both directions', () => {
    const nodes = [node('a', ['192.0.2.1']), node('b', ['192.0.2.2'], { controlPlane: true })];
    const world = worldSaying({ talksTo: '@nodes:9100', acceptsFrom: '@nodes:8080' }, nodes, {
      nodeSources: ['198.51.100.0/24'],
    });
    expect(egressOf(world)).toEqual([
      ...['192.0.2.1/32 9100/TCP', '192.0.2.2/32 9100/TCP', '198.51.100.0/24 9100/TCP'],
    ]);
    expect(letsIn(world, { address: '198.51.100.9' }, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { address: '192.0.2.2' }, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { address: '192.0.2.3' }, 'shop/web', 8080)).toBe(false);
  });

  test('without any is nobody, and the setting is named', () => {
    const world = worldSaying({ acceptsFrom: '@nodes' });
    expect(statesOf(world).join()).toContain('set parties.nodeSources');
    expect(letsIn(world, { address: '192.0.2.3' }, 'shop/web', 8080)).toBe(false);
  });
});

describe('@ingress and @monitoring', () => {
  test('mean the configured pods: on all ports, on written ones, and on own ones as sources', () => {
    const own = { acceptsFrom: '@ingress:8080', talksTo: '@ingress:443, @monitoring' };
    const world = worldSaying(own);
    expect(egressOf(world)).toEqual(['nginx.ingress-nginx 443/TCP', 'prometheus.monitoring']);
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, nginxPod, 'shop/web', 8081)).toBe(false);
  });

  test('name nobody: their pods get no word by it, although they are in the writer’s namespace', () => {
    const own = { namespace: 'shop', selector: { matchLabels: { app: 'nginx' } } };
    const records = [namespace('shop', { deny: 'true' }), workload('shop/nginx')];
    const world = worldSaying({ acceptsFrom: '@ingress' }, records, { ingress: [own] });
    const nginx = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'nginx' });
    const [policy] = compile(world, nginx).policies;
    expect(policy?.spec.egress).toEqual([
      { to: [{ podSelector: { matchLabels: { app: 'nginx' } } }] },
    ]);
  });

  test('are unknown until they are configured, whatever a namespace is called', () => {
    const records = [workload('ingress-nginx/nginx')];
    const world = worldSaying({ acceptsFrom: '@ingress' }, records, { ingress: [] });
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(false);
    expect(statesOf(world).join()).toContain('Pending/PartyUnknown');
  });
});

describe('@dns', () => {
  test('means what the DNS allowance means, each with its own ports', () => {
    expect(egressOf(worldSaying({ talksTo: '@dns' }, coreDns))).toEqual([
      ...['10.0.0.10/32 53/UDP', 'kube-dns.kube-system 5353/UDP'],
    ]);
  });

  test('as a source means its pods only', () => {
    const world = worldSaying({ acceptsFrom: '@dns' }, coreDns);
    const pod = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
    expect(letsIn(world, pod, 'shop/web', 8080)).toBe(true);
    expect(letsIn(world, { address: '10.0.0.10' }, 'shop/web', 8080)).toBe(false);
  });
});

describe('host/', () => {
  const stripe = 'api.stripe.com';
  const says = { talksTo: `host/${stripe}:443` };

  test('means the addresses that are known of the name, of either family', () => {
    const world = worldSaying(says, [learnt(stripe, '203.0.113.7', '2606:4700::1')]);
    expect(egressOf(world)).toEqual(['203.0.113.7/32 443/TCP', '2606:4700::1/128 443/TCP']);
    expect(statesOf(world)).toEqual([`${says.talksTo}: Allowed`]);
  });

  test('opens nothing while no address is known', () => {
    for (const records of [[], [learnt(stripe)], [learnt('other.example', '203.0.113.7')]]) {
      const world = worldSaying(says, records);
      expect(egressOf(world)).toEqual([]);
      expect(statesOf(world).join()).toContain('Pending/HostNotResolved');
    }
  });

  test.each([
    ...['10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.0.1'],
    ...['224.0.0.1', '0.0.0.0', '::', '::1', 'fd00::1', 'fe80::1', 'ff02::1', '203.0.113.99'],
    ...['64:ff9b::a01:203', '64:ff9b::cb00:7163'],
  ])('that leads to %s, inside, opens nothing there, and the rest of it stays', (inside) => {
    const records = [
      { kind: 'ClusterRange', source: 'Node/a', ranges: ['203.0.113.96/28'] } as const,
      learnt(stripe, inside, '203.0.113.7'),
    ];
    const world = worldSaying(says, records);
    expect(egressOf(world)).toEqual(['203.0.113.7/32 443/TCP']);
    expect(statesOf(world).join()).toContain(`Refused/InternalAddress: "${says.talksTo}"`);
    expect(statesOf(world).join()).toContain(`leads to ${inside}, which`);
  });
});

test('Nothing of this is guessed: without settings and objects every party is unknown', () => {
  const all = '@nodes:1, @ingress, @monitoring, @kube-apiserver';
  const writer = workload('shop/web', { talksTo: all, ...noDns });
  const world = worldFrom(defaultSettings, namespace('shop'), writer);
  expect(egressOf(world)).toEqual([]);
  const states = statesOf(world);
  expect(states).toHaveLength(4);
  for (const each of states) expect(each).toContain('Pending/PartyUnknown');
});
