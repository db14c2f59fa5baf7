import { describe, expect, test } from '@jest/globals';
import { given, namespace, resource, workload } from './given.ts';

const shop = namespace('shop');
const deployment = (name: string) => ({ workload: { kind: 'Deployment', name } });

describe('Wide entries', () => {
  test('are Allowed, as far as this end decides, where the live policy holds this very peer', () => {
    const manifests = [
      shop,
      namespace('pay', { labels: { team: 'a' } }),
      workload('shop/web', { talksTo: '@cluster:443, @namespace, ns/pay' }),
      resource('shop/web', {
        ...deployment('web'),
        talksTo: [{ namespace: { selector: { matchLabels: { team: 'a' } } } }],
      }),
    ];
    const { states, why } = given(manifests);
    expect(new Set(Object.values(states))).toEqual(new Set(['Allowed/ThisEndAllows']));
    expect(why['web: ns/pay']).toBe(
      'allowed as far as this end decides; no workload of namespace pay is known',
    );
    expect(why['web: @cluster:443']).toBe('allowed as far as this end decides');
  });

  test('wait while the live policy holds other peers or ports only', () => {
    const before = given([shop, workload('shop/web', { talksTo: '@cluster:80' })]);
    const stateOf = (talksTo: string) =>
      given([shop, workload('shop/web', { talksTo })], { live: before.policies }).states;
    expect(stateOf('@cluster:80')).toEqual({ 'web: @cluster:80': 'Allowed/ThisEndAllows' });
    expect(stateOf('@cluster:81')).toEqual({ 'web: @cluster:81': 'Pending/NotWritten' });
    expect(stateOf('@namespace:80')).toEqual({ 'web: @namespace:80': 'Pending/NotWritten' });
    expect(stateOf('@cluster')).toEqual({ 'web: @cluster': 'Pending/NotWritten' });
  });

  test('by labels are judged by the known pods, though no single pod could stand for them', () => {
    const { states } = given([
      shop,
      workload('shop/web'),
      workload('shop/db', { labels: { app: 'db', tier: 'data' } }),
      resource('shop/web', {
        ...deployment('web'),
        talksTo: [
          {
            pods: {
              selector: {
                matchLabels: { app: 'db' },
                matchExpressions: [{ key: 'tier', operator: 'Exists' }],
              },
            },
          },
        ],
      }),
    ]);
    expect(Object.values(states)).toEqual(['Open/Open']);
  });

  test('towards one namespace are judged by its workloads, and the worst counts', () => {
    const { states, why } = given([
      shop,
      namespace('pay', { deny: 'ingress' }),
      workload('shop/web', { talksTo: 'ns/pay' }),
      workload('pay/api', { acceptsFrom: 'web.shop' }),
      workload('pay/db'),
    ]);
    expect(states['web: ns/pay']).toBe('Pending/ConsentRequired');
    expect(why['web: ns/pay']).toContain('accepts-from: web.shop to Deployment db');
    const open = given([
      shop,
      namespace('pay'),
      workload('shop/web', { talksTo: 'ns/pay' }),
      workload('pay/db'),
    ]);
    expect(open.states['web: ns/pay']).toBe('Open/Open');
  });

  const teamA = { labels: { team: 'a' } };
  const refusing = (talksTo: string, deny = {}) =>
    given([
      shop,
      namespace('billing', { ...teamA, ...deny }),
      workload('shop/web', { talksTo }),
      workload('billing/api', { acceptsFrom: 'none' }),
    ]);

  test.each([
    ['ns/billing:8080'],
    ['namespaces(team=a):8080'],
    ['pods(app=api) in namespaces(team=a):8080'],
    ['@cluster:8080'],
  ])('are Refused where the only workload that they mean accepts nobody: %s', (entry) => {
    for (const deny of [{}, { deny: 'true' }]) {
      const { states, why } = refusing(entry, deny);
      expect(states[`web: ${entry}`]).toBe('Refused/NobodyAccepted');
      expect(why[`web: ${entry}`]).toContain('Deployment api in namespace billing');
    }
  });

  test('towards several namespaces are judged by the workloads of all, and the share is told', () => {
    const { states, why, shares } = given([
      shop,
      namespace('billing', teamA),
      namespace('ledger', { labels: { team: 'a' }, deny: 'ingress' }),
      namespace('other', { labels: { team: 'b' }, deny: 'ingress' }),
      workload('shop/web', { talksTo: 'namespaces(team=a):8080, @cluster:8081' }),
      workload('billing/db', { acceptsFrom: 'api' }),
      workload('billing/cache', { acceptsFrom: 'none' }),
      workload('ledger/book'),
      workload('other/away'),
    ]);
    expect(states['web: namespaces(team=a):8080']).toBe('Refused/NobodyAccepted');
    expect(shares['web: namespaces(team=a):8080']).toBe('2 of 3');
    expect(why['web: namespaces(team=a):8080']).toContain('Deployment cache in namespace billing');
    expect(shares['web: @cluster:8081']).toBe('2 of 4');
  });

  test('towards several namespaces are for whoever agrees: one who says none is no news', () => {
    const { states, shares } = given([
      shop,
      ...[namespace('billing', teamA), namespace('data', teamA)],
      workload('shop/web', { talksTo: '@cluster, namespaces(team=a):8080, ns/billing' }),
      ...[workload('billing/api'), workload('billing/db', { acceptsFrom: 'none' })],
      workload('data/db', { acceptsFrom: 'web.shop' }),
    ]);
    expect(states['web: @cluster']).toBe('Open/Open');
    expect(states['web: namespaces(team=a):8080']).toBe('Open/Open');
    expect(shares['web: namespaces(team=a):8080']).toBe('1 of 2');
    expect(states['web: ns/billing']).toBe('Refused/NobodyAccepted');
  });

  test('are judged by the workloads of their own namespace, too, but not by whoever wrote them', () => {
    const stateOf = (acceptsFrom: string) =>
      given([
        namespace('shop', { deny: 'true' }),
        workload('shop/web', { talksTo: '@cluster:80' }),
        workload('shop/db', { acceptsFrom }),
      ]);
    expect(stateOf('web').states['web: @cluster:80']).toBe('Allowed/Allowed');
    expect(stateOf('silent').states['web: @cluster:80']).toBe('Refused/NotAccepted');
    expect(stateOf('silent').shares['web: @cluster:80']).toBe('1 of 1');
  });

  test('on a named port are judged by those that have it', () => {
    const { states, shares } = given([
      shop,
      namespace('billing', teamA),
      workload('shop/web', { talksTo: '@cluster:metrics, @cluster:ghost' }),
      workload('billing/api', { ports: ['http=8080'], acceptsFrom: 'none' }),
      workload('billing/db', { ports: ['metrics=9090'] }),
    ]);
    expect(states['web: @cluster:metrics']).toBe('Open/Open');
    expect(shares['web: @cluster:metrics']).toBe('1 of 1');
    expect(states['web: @cluster:ghost']).toBe('Pending/PortNotFound');
  });

  test('wait where the only pods that they mean by labels are on the network of their nodes', () => {
    const { states, why } = given([
      shop,
      namespace('billing', teamA),
      workload('shop/web', { talksTo: 'pods(app=agent) in namespaces(team=a), @cluster' }),
      workload('billing/agent', { hostNetwork: true }),
    ]);
    expect(states['web: pods(app=agent) in namespaces(team=a)']).toBe('Pending/HostNetworkPeer');
    expect(why['web: pods(app=agent) in namespaces(team=a)']).toContain('agent');
    expect(states['web: @cluster']).toBe('Allowed/ThisEndAllows');
  });

  test('wait where all that is known of another namespace is on the network of its nodes', () => {
    const monitoring = [
      namespace('monitoring'),
      workload('monitoring/agent', { hostNetwork: true }),
    ];
    const { states } = given([
      ...[shop, ...monitoring],
      workload('shop/db', { acceptsFrom: 'ns/monitoring', talksTo: 'ns/monitoring:9100' }),
    ]);
    expect(states['db: ns/monitoring']).toBe('Pending/HostNetworkPeer');
    expect(states['db: ns/monitoring:9100']).toBe('Pending/HostNetworkPeer');
  });

  test('towards more than can be judged take the first workload of each namespace, then the second', () => {
    const names = Array.from({ length: 15 }, (_, index) => `team-${10 + index}`);
    const world = (second: string, third: string) =>
      given([
        shop,
        ...names.map((name) => namespace(name, teamA)),
        workload('shop/web', { talksTo: 'namespaces(team=a):80' }),
        ...names.flatMap((name) => [
          workload(`${name}/a`, { acceptsFrom: 'none' }),
          workload(`${name}/b`, name === second ? {} : { acceptsFrom: 'none' }),
          workload(`${name}/c`, name === third ? {} : { acceptsFrom: 'none' }),
        ]),
      ]);
    const entry = 'web: namespaces(team=a):80';
    expect(world('team-14', '').states[entry]).toBe('Open/Open');
    const beyond = world('team-15', 'team-10');
    expect(beyond.states[entry]).toBe('Refused/NobodyAccepted');
    expect(beyond.shares[entry]).toBe('20 of 20');
  });
});

describe('Who lets in many', () => {
  const apps = [namespace('a'), namespace('b')];
  const says = (acceptsFrom: string) => workload('shop/api', { ports: [8080], acceptsFrom });
  const job = workload('a/job', { talksTo: 'db' });
  const db = workload('a/db');

  test.each(['@cluster', 'ns/a', 'namespaces(kubernetes.io/metadata.name in (a, b))'])(
    'with %s is not refused by those who have no wish to come, unless nobody has',
    (entry) => {
      const world = [shop, ...apps, says(entry), job];
      const web = workload('a/web', { talksTo: 'api.shop' });
      const { states } = given([...world, web, db]);
      expect(states[`api: ${entry}`]).toMatch(/^(Allowed|Open)\//);
      const refused = given([...world, workload('a/db', { talksTo: 'none' })]);
      expect(refused.states[`api: ${entry}`]).toMatch(/^Refused\//);
    },
  );
});
