import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { namespace, service, servicePort, tcp, workload } from '../../../test/support/builders.ts';
import { knowing } from '../../../test/support/outside.ts';
import {
  apiServer,
  gateway,
  gatewayClass,
  gatewayRoute,
  grant,
  ingress,
  ingressClass,
  monitor,
  node,
  webhook,
} from '../../../test/support/outside-builders.ts';
import { runs, runsOf, timeFor } from '../../../test/support/runs.ts';
import { identityOf } from '../../../test/support/worlds.ts';
import { type Compiled, compile, compileAll } from '../compile/compile.ts';
import { findingKey } from '../model/finding.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { WorldRecord } from '../model/records.ts';
import { World } from './world.ts';

const storiesAsked = runs * 0.3;
jest.setTimeout(timeFor(runs));

const optIn = {
  ...namespace('team', { deny: 'true' }),
  texts: { 'appconnectivity.dev/monitors-from': 'shop' },
};
const ports = [tcp(8080, 'http'), tcp(9090, 'metrics')];
const labels = { app: 'web' };
const ofWeb = { matchLabels: labels };
const backend = 'shop/web:80';
const usual = { labels: { 'app.kubernetes.io/name': 'traefik' } };
const agent = { labels: { 'k8s-app': 'konnectivity-agent' } };
const front = (path: string, parts = {}) =>
  service(path, [servicePort(80, 8080, { name: 'http' })], { labels, ...parts });

/** Records of which each has something to do with what another one adds. */
const records: readonly WorldRecord[] = [
  ...[namespace('shop', { deny: 'true' }), namespace('shop'), optIn, namespace('team')],
  ...['ingress-nginx', 'monitoring', 'kube-system'].map((name) => namespace(name)),
  workload('shop/web', { ports }),
  { ...workload('shop/web', { ports }), scrape: {} },
  workload('shop/web', { ports, talksTo: '@kube-apiserver' }),
  workload('shop/caller', { talksTo: 'host/api.example.com' }),
  workload('shop/web', { ports, labels: { app: 'web', tier: 'front' }, acceptsFrom: '@nodes' }),
  { ...workload('shop/api', { ports, labels }), texts: { 'appconnectivity.dev/auto': 'metrics' } },
  workload('team/web', { ports, acceptsFrom: '@ingress, @kube-apiserver' }),
  workload('team/talker', { talksTo: '@dns, @monitoring, 203.0.113.0/24' }),
  workload('kube-system/agent', agent),
  workload('kube-system/agent', { ...agent, hostNetwork: true }),
  workload('kube-system/cilium', { kind: 'DaemonSet', hostNetwork: true }),
  workload('ingress-nginx/traefik', usual),
  front('shop/web'),
  front('shop/web', { scrape: { port: 9100 } }),
  front('shop/web', { selector: { app: 'web', tier: 'front' }, labels: {} }),
  front('team/web'),
  service('default/kubernetes', [servicePort(443, 6443)], { clusterIPs: ['10.96.0.1'] }),
  service('default/kubernetes', [servicePort(443, 6443)], { clusterIPs: ['fd00::1'] }),
  ingress('shop/web', ['shop/web:http'], 'nginx'),
  ingress('shop/web', ['shop/web:80']),
  gatewayRoute('shop/web', [backend], ['infra/public']),
  gatewayRoute('team/cross', [backend, 'team/web:80'], ['infra/public']),
  gateway('infra/public'),
  gateway('infra/public', 'nginx'),
  gatewayClass('nginx', 'k8s.io/ingress-nginx'),
  ingressClass('nginx', 'k8s.io/ingress-nginx', true),
  ingressClass('nginx', 'example.com/other'),
  grant('shop/team', 'team'),
  grant('shop/team', 'team', ['other']),
  monitor('shop/web', ofWeb, [{ name: 'http' }], { namespaces: 'any' }),
  monitor('shop/web', ofWeb, [{ name: 'metrics' }], { kind: 'PodMonitor', namespaces: ['team'] }),
  monitor('team/web', ofWeb, [{ targetPort: 9090 }], { namespaces: 'any' }),
  webhook('policy', ['shop/web:80']),
  webhook('policy', ['team/web:443']),
  apiServer(['192.0.2.1']),
  apiServer(['192.0.2.2'], [{ port: 443, protocol: 'TCP' }], 'kubernetes-2'),
  { kind: 'Addresses', of: 'api.example.com', addresses: ['203.0.113.7'], until: {} },
  { kind: 'Addresses', of: 'api.example.com', addresses: ['10.0.0.1', '203.0.113.8'], until: {} },
  { kind: 'Addresses', of: '@kube-apiserver', addresses: ['192.0.2.9'], until: {} },
  {
    ...{ kind: 'Addresses', of: '@kube-apiserver', addresses: ['192.0.2.9'], until: {} },
    ports: [{ port: 8443, protocol: 'TCP' }],
  },
  node('a', ['192.0.2.1'], { controlPlane: true }),
  node('a', ['192.0.2.3']),
  node('b', ['192.0.2.4'], { gke: true, ranges: ['203.0.113.0/29'] }),
];

const steps = fc.array(
  fc.record({ index: fc.nat({ max: records.length - 1 }), puts: fc.integer({ min: 0, max: 3 }) }),
  { maxLength: 40 },
);

/** What is there before anything changes: most of it, so that what needs three records is there. */
const starts = fc.shuffledSubarray([...records], { minLength: 20 });

function textOf(all: Iterable<Compiled>): string[] {
  return [...all]
    .filter(({ policies, edges, findings }) => policies.length + edges.length + findings.length > 0)
    .map(({ key, policies, edges, findings }) =>
      JSON.stringify([key, policies, edges, findings.map(findingKey).sort()]),
    )
    .sort();
}

describe('What is allowed without being declared', () => {
  test.each([
    ['with known parties', knowing()],
    ['without', knowing({ ingress: [], monitoring: [] })],
  ])('never goes stale, whatever comes and goes in whatever order, %s', (_, settings) => {
    let affected = 0;
    let whole = 0;
    let allowed = 0;
    fc.assert(
      fc.property(starts, steps, (start, changes) => {
        const world = new World(settings);
        world.load(start);
        const compiled = new Map(compileAll(world).map((each) => [each.key, each]));
        const known = new Map(start.map((record) => [identityOf(record), record]));
        for (const { index, puts } of changes) {
          const record = records[index];
          if (record === undefined) continue;
          const keys = puts > 0 ? world.put(record) : world.remove(record);
          if (puts > 0) known.set(identityOf(record), record);
          else known.delete(identityOf(record));
          for (const key of keys) compiled.set(key, compile(world, key));
          expect(textOf(compiled.values())).toEqual(textOf(compileAll(world)));
          affected += keys.size;
          whole += [...world.keys()].length;
        }
        const fresh = new World(settings);
        fresh.load([...known.values()].reverse());
        expect(textOf(compileAll(world))).toEqual(textOf(compileAll(fresh)));
        const edges = compileAll(fresh).flatMap((each) => each.edges);
        allowed += edges.filter(({ allowance }) => allowance !== undefined).length;
      }),
      runsOf(storiesAsked),
    );
    expect(allowed).toBeGreaterThan(storiesAsked / 10);
    expect(affected).toBeLessThan(whole * 0.7);
  });
});

describe('An address of a host', () => {
  test('concerns those who name the host, and those of the API server those who name that', () => {
    const world = new World(knowing());
    const talkers = { a: 'host/api.example.com', b: '@kube-apiserver' };
    world.load([
      namespace('shop'),
      ...Object.entries(talkers).map(([name, talksTo]) => workload(`shop/${name}`, { talksTo })),
    ]);
    const learnt = { kind: 'Addresses', addresses: ['203.0.113.7'], until: {} } as const;
    const names = (of: string) => [...world.put({ ...learnt, of })];
    expect(names('api.example.com')).toEqual(['Deployment/shop/a']);
    expect(names('@kube-apiserver')).toEqual(['Deployment/shop/b']);
  });
});

describe('A Node that joins a large cluster', () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    workload(`shop/app-${index}`, { talksTo: 'web' }),
  );
  const world = new World(knowing());
  world.load([namespace('shop'), ...many, workload('shop/agent', { acceptsFrom: '@nodes' })]);
  const names = (keys: ReadonlySet<Key>) => [...keys].map((key) => key.split('/').at(-1));

  test('concerns only those who name nodes', () => {
    expect(names(world.put(node('a', ['192.0.2.1'])))).toEqual(['agent']);
    expect(names(world.put(node('a', ['192.0.2.1'])))).toEqual([]);
  });

  test('concerns everybody who talks DNS, if it is the first of Google’s', () => {
    const keys = world.put(node('g', ['192.0.2.2'], { gke: true }));
    const first = many[0] ?? workload('shop/none');
    expect([...keys]).toContain(keyOf(first.ref));
    expect(names(world.put(node('h', ['192.0.2.3'], { gke: true })))).toEqual(['agent']);
  });
});
