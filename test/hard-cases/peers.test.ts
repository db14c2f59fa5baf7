import { describe, expect, test } from '@jest/globals';
import { allowDns } from '../../src/core/allow/dns.ts';
import { compile, compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { planKey } from '../../src/core/plan/plan.ts';
import type { World } from '../../src/core/world/world.ts';
import { namespace, service, servicePort, workload } from '../support/builders.ts';
import { knowing, letsIn, nginxPod, shop, statesOf, worldFrom } from '../support/outside.ts';
import { apiServer, ingress, ingressClass, node, webhook } from '../support/outside-builders.ts';

/** Wishes of the users of other products (their issues), each kept here. */
describe('A wish of those who tried it elsewhere:', () => {
  const dns = [
    namespace('kube-system'),
    service('kube-system/kube-dns', [servicePort(53, 53, { protocol: 'UDP' })], {
      selector: { 'k8s-app': 'kube-dns' },
    }),
  ];
  const coreDns = (acceptsFrom: string) =>
    workload('kube-system/coredns', { labels: { 'k8s-app': 'kube-dns' }, acceptsFrom });
  const nginxClass = ingressClass('nginx', 'k8s.io/ingress-nginx');
  const route = ingress('shop/web', ['shop/web:80'], 'nginx');

  const isHeld = (world: World) =>
    [...world.keys()].some((key) =>
      planKey(world, key, compile(world, key).policies).findings.some(
        ({ code }) => code === 'WouldBreakParty',
      ),
    );

  test('naming a DNS server, an ingress controller or a webhook must not cut everybody else (6)', () => {
    const worlds: readonly (readonly WorldRecord[])[] = [
      [...dns, coreDns('web.shop')],
      [
        ...shop,
        workload('ingress-nginx/nginx', { acceptsFrom: 'web.shop' }),
        service('ingress-nginx/nginx', [servicePort(443, 8443)]),
      ],
      [...shop, webhook('policy', ['shop/web:80'])],
    ];
    for (const records of worlds) expect(isHeld(worldFrom(knowing(), ...records))).toBe(true);
    expect(isHeld(worldFrom(knowing(), ...dns, coreDns('@cluster')))).toBe(false);
  });

  test('a protected app behind an Ingress stays reachable, and is green only if it is (7)', () => {
    const records = [nginxClass, route, workload('shop/web', { acceptsFrom: 'cart' })];
    const world = worldFrom(knowing(), ...shop, ...records);
    expect(letsIn(world, nginxPod, 'shop/web', 8080)).toBe(true);
    const edges = compileAll(world).flatMap((each) => each.edges);
    const [before] = judgeEdges(
      world,
      edges.filter(({ allowance }) => allowance !== undefined),
    );
    expect(before?.state.reason.code).toBe('NotWritten');
    expect(statesOf(world)).toContain(
      'Ingress shop/web of class nginx: Open: allowed; nothing restricts the other end',
    );
    const cut = workload('ingress-nginx/nginx', { talksTo: 'none' });
    const silenced = worldFrom(knowing(), ...shop, ...records, cut);
    expect(statesOf(silenced).join()).toContain('Ingress shop/web of class nginx: Refused');
  });

  test('new addresses of the API server count at once, and old ones after a grace time (10)', () => {
    const talker = workload('shop/talker', { talksTo: '@kube-apiserver', dns: 'deny' });
    const key = keyOf(talker.ref);
    const world = worldFrom(knowing(), ...shop, talker, apiServer(['192.0.2.1']));
    const blocks = () =>
      compile(world, key).policies.flatMap(({ spec }) =>
        (spec.egress ?? []).flatMap(({ to = [] }) =>
          to.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []),
        ),
      );
    const retired = {
      ...({ kind: 'Addresses', of: '@kube-apiserver' } as const),
      ...{ addresses: ['192.0.2.1'], until: { '192.0.2.1': 1 } },
    };
    expect([...world.put(retired)]).toContain(key);
    expect([...world.put(apiServer(['192.0.2.2']))]).toContain(key);
    expect(blocks()).toEqual(['192.0.2.1/32', '192.0.2.2/32']);
    expect([...world.remove(retired)]).toContain(key);
    expect(blocks()).toEqual(['192.0.2.2/32']);
  });

  test.each([
    ['as its chart names it', 'cilium', { app: 'x' }],
    ['as GKE names it', 'anetd', { 'k8s-app': 'cilium' }],
  ])(
    'where Cilium runs, a rule for the API server or for nodes is not told to work (14): %s',
    (_, name, labels) => {
      const more = { kind: 'DaemonSet', hostNetwork: true, labels };
      const cilium = workload(`kube-system/${name}`, more);
      const says = { talksTo: '@kube-apiserver, @nodes:9100', acceptsFrom: '@nodes', dns: 'deny' };
      const records = [workload('shop/web', says), node('a', ['192.0.2.9'])];
      const slices = apiServer(['192.0.2.1']);
      const without = statesOf(worldFrom(knowing(), ...shop, ...records, slices));
      expect(without.map((each) => each.split(': ')[1])).toEqual(['Allowed', 'Allowed', 'Allowed']);
      const states = statesOf(worldFrom(knowing(), ...shop, ...records, slices, cilium));
      expect(states).toHaveLength(3);
      for (const each of states) expect(each).toContain('Unenforced/EngineCannot');
    },
  );

  test('DNS works on kube-dns, NodeLocal DNSCache, Cloud DNS of GKE and OpenShift, by TCP and UDP (15)', () => {
    const names = (...records: readonly WorldRecord[]) =>
      allowDns(worldFrom(knowing(), ...records)).targets.flatMap(
        ({ peer, namespace: home, ports }) =>
          ports === 'all'
            ? []
            : ports.map(
                ({ port, protocol }) => `${peer.ipBlock?.cidr ?? home} ${port}/${protocol}`,
              ),
      );
    const both = (end: string, port: number) => [`${end} ${port}/TCP`, `${end} ${port}/UDP`];
    const ports = (target: number) => [
      servicePort(53, target),
      servicePort(53, target, { protocol: 'UDP' }),
    ];
    const parts = { selector: { 'k8s-app': 'kube-dns' }, clusterIPs: ['10.0.0.10'] };
    const front = service('kube-system/kube-dns', ports(53), parts);
    const local = workload('kube-system/node-local-dns', { kind: 'DaemonSet', hostNetwork: true });
    expect(names(front, coreDns('@cluster'), local)).toEqual([
      ...both('kube-system', 53),
      ...both('10.0.0.10/32', 53),
      ...both('169.254.20.10/32', 53),
    ]);
    const elsewhere = workload('kube-system/nodelocaldns', {
      ...{ kind: 'DaemonSet', hostNetwork: true, labels: { 'k8s-app': 'node-local-dns' } },
      localDns: ['169.254.25.10'],
    });
    expect(names(front, coreDns('@cluster'), elsewhere)).toEqual([
      ...both('kube-system', 53),
      ...both('10.0.0.10/32', 53),
      ...both('169.254.25.10/32', 53),
    ]);
    expect(names(node('a', ['192.0.2.1'], { gke: true }))).toEqual(both('169.254.169.254/32', 53));
    const openShift = [
      service('openshift-dns/dns-default', ports(5353)),
      workload('openshift-dns/dns-default', { kind: 'DaemonSet' }),
    ];
    expect(names(...openShift)).toEqual(both('openshift-dns', 5353));
  });
});
