import { describe, expect, test } from '@jest/globals';
import { compileAll } from '../../src/core/compile/compile.ts';
import { formatAddresses } from '../../src/core/intent/kept-addresses.ts';
import { explain } from '../../src/core/judge/explain.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { addressesAnnotation } from '../../src/core/model/names.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
import { listUnwritten, planKey } from '../../src/core/plan/plan.ts';
import { messageOf } from '../../src/core/status/messages.ts';
import { rememberedAddresses } from '../../src/core/world/remembered-addresses.ts';
import { World } from '../../src/core/world/world.ts';
import { liveDeny, namespace, service, servicePort, workload } from '../support/builders.ts';
import { knowing, shop, worldFrom } from '../support/outside.ts';
import { ingress, ingressClass, webhook } from '../support/outside-builders.ts';
import { written } from '../support/spoil.ts';

/** What is answered about a world, whose last two records come in either order. */
function bothWays<T>(records: readonly WorldRecord[], answer: (world: World) => T): [T, T] {
  const [first, second] = [records, [...records.slice(0, -2), ...records.slice(-2).reverse()]];
  const worldOf = (all: readonly WorldRecord[]) => {
    const world = new World(knowing());
    world.load(all);
    return world;
  };
  return [answer(worldOf(first)), answer(worldOf(second))];
}

function planned(world: World): string[] {
  const found = compileAll(world).flatMap(
    ({ key, policies }) => planKey(world, key, policies).findings,
  );
  return found.map(messageOf);
}

/** A policy that remembers one port of the API server. */
function remembering(home: string, port: number): WorldRecord {
  const deny = liveDeny(home, ['Ingress']);
  const known = { of: '@kube-apiserver', addresses: ['192.0.2.1'], until: {} };
  const text = formatAddresses([{ ...known, ports: [{ port, protocol: 'TCP' }] }]) ?? '';
  const annotations = { ...deny.policy.metadata.annotations, [addressesAnnotation]: text };
  const metadata = { ...deny.policy.metadata, annotations };
  return { ...deny, remembers: true, policy: { ...deny.policy, metadata } };
}

describe('Whichever of two objects is known first, the same is said', () => {
  test('of two default IngressClasses that nobody serves', () => {
    const classes = [ingressClass('b', 'x/b', true), ingressClass('a', 'x/a', true)];
    const [one, other] = bothWays(
      [...shop, ingress('shop/web', ['shop/web:80']), ...classes],
      (world) => compileAll(world).flatMap(({ findings }) => findings.map(messageOf)),
    );
    expect(one.join()).toContain('x/a');
    expect(other).toEqual(one);
  });

  test('of two webhooks that one workload serves and would lose', () => {
    const webhooks = [
      webhook('checks', ['shop/v:443']),
      webhook('changes', ['shop/m:443'], 'MutatingWebhookConfiguration'),
    ];
    const selector = { app: 'web' };
    const services = [
      service('shop/v', [servicePort(443, 8443)], { selector }),
      service('shop/m', [servicePort(443, 9443)], { selector }),
    ];
    const web = workload('shop/web', { ports: [8443, 9443], acceptsFrom: 'none' });
    const [one, other] = bothWays([namespace('shop'), web, ...webhooks, ...services], planned);
    expect(one.join()).toContain('changes');
    expect(other).toEqual(one);
  });

  test('of two workloads whose policies are still to be written', () => {
    const two = ['b', 'a'].map((name) => workload(`shop/${name}`, { acceptsFrom: 'none' }));
    const [one, other] = bothWays([namespace('shop'), ...two], (world) =>
      listUnwritten(world, 'shop'),
    );
    expect(one).toEqual(['Deployment/shop/a', 'Deployment/shop/b']);
    expect(other).toEqual(one);
  });

  test('of the ports of the API server that two policies remember', () => {
    const two = [remembering('shop', 6443), remembering('team', 443)];
    const [one, other] = bothWays(two, (world) => [...rememberedAddresses(world).values()]);
    expect(one).toMatchObject([{ ports: [{ port: 443 }, { port: 6443 }] }]);
    expect(other).toEqual(one);
  });

  test('of two who name a workload, when it is explained', () => {
    const web = workload('shop/web');
    const two = ['b', 'a'].map((name) => workload(`shop/${name}`, { talksTo: 'web' }));
    const [one, other] = bothWays([namespace('shop'), web, ...two], (world) =>
      explain(world, keyOf(web.ref))?.others.map(({ edge }) => edge.source.name),
    );
    expect(one).toEqual(['a', 'b']);
    expect(other).toEqual(one);
  });

  test('of two policies that carry an entry which means many, when it is explained', () => {
    const says = { labels: { app: 'web' }, talksTo: '@cluster' };
    const subjects = [namespace('shop'), workload('shop/web', says), workload('shop/more', says)];
    const policies = compileAll(worldFrom(knowing(), ...subjects)).flatMap((each) => each.policies);
    const key = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
    const [one, other] = bothWays([...subjects, ...policies.map(written)], (world) =>
      explain(world, key)?.own.flatMap(({ carriers }) => carriers.map(({ rule }) => rule.name)),
    );
    expect(one).toHaveLength(2);
    expect(other).toEqual(one);
  });
});
