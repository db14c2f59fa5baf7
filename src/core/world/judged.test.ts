import { describe, expect, test } from '@jest/globals';
import { namespace, resource, workload } from '../../../test/support/builders.ts';
import { knowing, shop, worldFrom } from '../../../test/support/outside.ts';
import {
  gateway,
  gatewayRoute,
  ingress,
  ingressClass,
  monitor,
  webhook,
} from '../../../test/support/outside-builders.ts';
import { keyOf } from '../model/identity.ts';
import type { Labels } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { defaultSettings } from '../model/settings.ts';
import { hasEdges, judgedWithNamespace, judgedWithPolicy, judgedWithWords } from './judged.ts';
import { mostJudged } from './meant.ts';
import { World } from './world.ts';

test('a policy that selects the pods of a resource without workloads has the resource judged again', () => {
  const world = new World(defaultSettings);
  const selector = { matchLabels: { made: 'elsewhere' } };
  world.put(resource('shop/one', { selector, talksTo: [{ namespace: { name: 'billing' } }] }));
  const selecting = (podSelector: object): NetworkPolicy => ({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: 'shop', name: 'lockdown' },
    spec: { podSelector, policyTypes: ['Egress'] },
  });
  const judged = (podSelector: object) => [...judgedWithPolicy(world, selecting(podSelector))];
  expect(judged({})).toEqual(['AppConnectivity/shop/one']);
  expect(judged(selector)).toEqual(['AppConnectivity/shop/one']);
  expect(judged({ matchLabels: { made: 'here' } })).toEqual([]);
});

describe('What is allowed a silent workload is judged again', () => {
  const backend = 'shop/web:80';
  const causes = {
    Ingress: ingress('shop/web', ['shop/web:80'], 'nginx'),
    HTTPRoute: gatewayRoute('shop/web', [backend], ['infra/public']),
    ServiceMonitor: monitor('shop/web', { matchLabels: { app: 'web' } }, [{ name: 'http' }]),
    webhook: webhook('policy', [backend]),
  };
  const web = workload('shop/web');
  const key = keyOf(web.ref);
  const agentLabels = { 'k8s-app': 'konnectivity-agent' };
  const agent = workload('kube-system/agent', { labels: agentLabels });
  const world = (cause: keyof typeof causes) =>
    worldFrom(
      knowing(),
      ...shop,
      ...[ingressClass('nginx', 'k8s.io/ingress-nginx'), gateway('infra/public')],
      ...[agent, workload('ingress-nginx/nginx'), causes[cause]],
    );
  const policyOn = (home: string, matchLabels: Labels): NetworkPolicy => ({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: home, name: 'lockdown' },
    spec: { podSelector: { matchLabels }, policyTypes: ['Egress'] },
  });

  test.each([
    ['Ingress', 'ingress-nginx', { app: 'nginx' }],
    ['HTTPRoute', 'infra', { 'gateway.networking.k8s.io/gateway-name': 'public' }],
    ['ServiceMonitor', 'monitoring', { app: 'prometheus' }],
    ['webhook', 'kube-system', agentLabels],
  ] as const)(
    'when a policy selects the pods that its %s lets in, and no others',
    (cause, home, labels) => {
      expect([...judgedWithPolicy(world(cause), policyOn(home, labels))]).toContain(key);
      expect([...judgedWithPolicy(world(cause), policyOn(home, {}))]).toContain(key);
      const others = { app: 'else', [Object.keys(labels)[0] ?? '']: 'else' };
      expect([...judgedWithPolicy(world(cause), policyOn(home, others))]).toEqual([]);
    },
  );

  test('when the pods that are let in say something, or a policy selects its own', () => {
    const said = keyOf({ kind: 'Deployment', namespace: 'ingress-nginx', name: 'nginx' });
    expect([...judgedWithWords(world('Ingress'), [said])]).toContain(key);
    expect([...judgedWithPolicy(world('Ingress'), policyOn('shop', { app: 'web' }))]).toContain(
      key,
    );
  });

  test('and nobody’s is where nothing is allowed', () => {
    const none = worldFrom(knowing(), ...shop, namespace('shop', { deny: 'true' }));
    const [state, found] = [none.state('shop'), none.workload(key)];
    expect(state && found && hasEdges(none, state, found)).toBe(false);
    expect([...judgedWithPolicy(none, policyOn('shop', { app: 'web' }))]).toEqual([]);
  });
});

describe('An entry for pods of several namespaces is judged again', () => {
  const names = Array.from({ length: mostJudged + 1 }, (_, index) => `team-${10 + index}`);
  const [first = '', last = ''] = [names[0], names.at(-1)];
  const writer = 'Deployment/shop/web';
  const world = worldFrom(
    defaultSettings,
    ...[namespace('shop'), workload('shop/web', { talksTo: 'namespaces(team=a):80' })],
    ...names.flatMap((name) => [
      namespace(name, { labels: { team: 'a' } }),
      ...[workload(`${name}/api`), workload(`${name}/db`)],
    ]),
    ...[namespace('other'), workload('other/api')],
  );
  const lockdown = (home: string, app: string): NetworkPolicy => ({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: home, name: 'lockdown' },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] },
  });
  const api = (home: string) => keyOf({ kind: 'Deployment', namespace: home, name: 'api' });

  test('with what concerns a workload that stands for it', () => {
    expect([...judgedWithPolicy(world, lockdown(first, 'api'))]).toContain(writer);
    expect([...judgedWithWords(world, [api(first)])]).toContain(writer);
    expect([...judgedWithNamespace(world, first)]).toEqual([writer]);
  });

  test('and not with what concerns one beyond those, or one that it does not mean', () => {
    for (const [home, app] of [
      [first, 'db'],
      [last, 'api'],
      ['other', 'api'],
    ] as const) {
      expect([...judgedWithPolicy(world, lockdown(home, app))]).not.toContain(writer);
    }
    expect([...judgedWithWords(world, [api(last)])]).not.toContain(writer);
    expect([...judgedWithNamespace(world, 'other')]).toEqual([]);
    expect([...judgedWithNamespace(world, last)]).toEqual([]);
  });
});
