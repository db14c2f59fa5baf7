import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Fault, noFaults, type Script } from '../support/faults.ts';
import { MINUTE } from './support/cluster.ts';
import { allKinds, FaultyCluster } from './support/faulty-cluster.ts';
import { appConnectivity, namespace, service, workload } from './support/objects.ts';
import { byIdentity, identities } from './support/policies.ts';
import { allow, forbid } from './support/rights.ts';
import { conditionOf } from './support/tripped.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Long pauses of 30 s take 1.5 s. */
const speed = 20;
const selector = { matchLabels: { app: 'web-1' } };
const everywhere = { selector, talksTo: [{ entity: 'Cluster' }] };
/** Long enough for what was wrongly taken for gone to be deleted. */
const aMoment = 500;

let world: FaultyCluster;

beforeAll(async () => {
  world = await FaultyCluster.start(speed, 11);
  // Every list has several pages.
  world.proxy.pageSize = 2;
  await world.cluster.apply(
    namespace('shop', 'true'),
    ...[1, 2, 3, 4, 5].flatMap((at) => [
      service(`shop/web-${at}`, 80),
      workload(`shop/web-${at}`, { talksTo: `web-${(at % 5) + 1}`, acceptsFrom: 'ns/shop' }),
    ]),
    appConnectivity('shop/tier', everywhere),
  );
  await whenPoliciesAre(all);
  await world.operator.quiet();
});

afterEach(async () => {
  world.proxy.script = noFaults;
  await world.operator.whenReady();
  await eventually(() => expect(world.proxy.streams).toBe(allKinds.length));
  await world.operator.quiet();
  expect(world.operator.complaints).toEqual([]);
});

afterAll(() => world?.stop());

const deployments = [1, 2, 3, 4, 5].map((at) => `Deployment/web-${at}`);
const all = ['AppConnectivity/tier', ...deployments, 'Namespace/shop'];

async function whenPoliciesAre(wanted: readonly string[]): Promise<void> {
  await eventually(async () => {
    expect(identities(await world.cluster.policies('shop'))).toEqual(wanted.toSorted());
  }, 30);
}

/** Every watch is told that its version is too old, so that every kind must be listed anew. */
function relistEverything(): void {
  world.proxy.breakStreams(() => 'expired');
}

/** Waits until so many calls have gone wrong, and until what that leads to has happened. */
async function whenFaults(count: number): Promise<void> {
  const { faults } = world.proxy;
  await eventually(() => {
    expect([...faults.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(count);
  });
  await sleep(aMoment);
}

function secondPages(fault: Fault): Script {
  return ({ isList, query }) => (isList && query.has('continue') ? fault : undefined);
}

describe('of every list only the first page is to be had', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['the second is refused', { kind: 'answer', status: 403 }],
    ['the second is too old', { kind: 'answer', status: 410 }],
    ['the second is not whole', { kind: 'truncate', end: 'end' }],
    ['the second breaks off', { kind: 'truncate', end: 'reset' }],
    ['the second fails', { kind: 'answer', status: 500 }],
    ['the second is not there', { kind: 'answer', status: 404 }],
  ];

  test.each(faults)('nothing is deleted or changed: %s', async (_, fault) => {
    const { cluster, proxy } = world;
    const before = await cluster.policies();
    proxy.script = secondPages(fault);
    relistEverything();
    proxy.faults.clear();
    // Namespaces, Deployments, Services and NetworkPolicies have a second page: each a few times.
    await whenFaults(12);
    expect(await cluster.policies()).toEqual(before);
  });
});

describe('a start at which not all is to be had', () => {
  test.each<[string, Script, RegExp]>([
    [
      'the second pages are refused',
      secondPages({ kind: 'answer', status: 403 }),
      /^not known whole: deployments \(.*403/m,
    ],
    [
      'a load balancer says 404 to everything',
      () => ({ kind: 'answer', status: 404 }),
      /^not known whole: appconnectivities \(.*404/m,
    ],
  ])('writes nothing, and /readyz says what is not known: %s', async (_, script, reason) => {
    const { cluster, proxy } = world;
    await world.operator.stop();
    await cluster.apply(workload('shop/web-6', { acceptsFrom: 'none' }));
    await cluster.remove(workload('shop/web-1'));
    const before = await cluster.policies();
    proxy.script = script;
    await world.startOperator();
    await eventually(async () => {
      const { status, text } = await world.operator.ask('/readyz');
      expect(status).toBe(503);
      expect(text).toMatch(reason);
    });
    await sleep(aMoment);
    expect(await cluster.policies()).toEqual(before);
    proxy.script = noFaults;
    const others = [...all, 'Deployment/web-6'].filter((each) => each !== 'Deployment/web-1');
    await whenPoliciesAre(others);
    await cluster.remove(workload('shop/web-6'));
    await cluster.apply(workload('shop/web-1', { talksTo: 'web-2', acceptsFrom: 'ns/shop' }));
    await whenPoliciesAre(all);
  });
});

describe('a right to read that is taken away and given back', () => {
  test.each(['deployments', 'services', 'namespaces', 'appconnectivities', 'networkpolicies'])(
    'takes no policy away meanwhile, and others still get theirs: %s',
    async (resource) => {
      const { cluster, operator } = world;
      const before = await cluster.policies('shop');
      await forbid(cluster, resource);
      relistEverything();
      await eventually(async () => {
        const { status, text } = await operator.ask('/readyz');
        expect(status).toBe(503);
        expect(text).toMatch(new RegExp(`^not known whole: ${resource} `));
      });
      const added = workload('shop/added', { kind: 'StatefulSet', acceptsFrom: 'none' });
      await cluster.apply(added);
      await whenPoliciesAre([...all, 'StatefulSet/added']);
      await sleep(aMoment);
      const kept = (await cluster.policies('shop')).filter((policy) => {
        return !identities([policy]).includes('StatefulSet/added');
      });
      expect(kept).toEqual(before);
      await allow(cluster, resource);
      await operator.whenReady();
      await cluster.remove(added);
      await whenPoliciesAre(all);
    },
  );

  test('holds what a resource takes away meanwhile, says so in its status, and takes it afterwards', async () => {
    const { cluster, operator } = world;
    const cidrs = async () => {
      const policy = byIdentity(await cluster.policies('shop')).get('AppConnectivity/tier');
      const peers = policy?.spec.egress?.flatMap(({ to = [] }) => to) ?? [];
      return peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []).sort();
    };
    const tier = (...blocks: readonly string[]) => {
      const talksTo = blocks.map((block) => ({ cidr: { block } }));
      return appConnectivity('shop/tier', { selector, talksTo });
    };
    await cluster.apply(tier('203.0.113.0/24'));
    await eventually(async () => expect(await cidrs()).toEqual(['203.0.113.0/24']));
    await forbid(cluster, 'services');
    relistEverything();
    await eventually(async () => expect((await operator.ask('/readyz')).status).toBe(503));
    await cluster.apply(tier('198.51.100.0/24'));
    await eventually(async () => {
      expect(await conditionOf(cluster, 'shop/tier', 'Programmed')).toEqual({
        ...{ status: 'False', reason: 'NotKnownWhole' },
        message: expect.stringMatching(
          /^nothing is deleted or narrowed while not all is known: services .*; see \/readyz$/,
        ),
      });
    });
    expect(await conditionOf(cluster, 'shop/tier', 'Stalled')).toMatchObject({ status: 'False' });
    expect(await cidrs()).toEqual(['198.51.100.0/24', '203.0.113.0/24']);
    await allow(cluster, 'services');
    await operator.whenReady();
    await eventually(async () => expect(await cidrs()).toEqual(['198.51.100.0/24']), 30);
    await eventually(async () => {
      const { status } = await conditionOf(cluster, 'shop/tier', 'Programmed');
      expect(status).toBe('True');
    });
    await cluster.apply(appConnectivity('shop/tier', everywhere));
  });
});

describe('a load balancer that says 404', () => {
  test.each<[string, Script]>([
    ['to everything', () => ({ kind: 'answer', status: 404 })],
    [
      'to all kinds but not to discovery',
      ({ resource }) => (resource === 'other' ? undefined : { kind: 'answer', status: 404 }),
    ],
  ])('is not believed that kinds are not served: %s', async (_, script) => {
    const { cluster, proxy } = world;
    const before = await cluster.policies();
    proxy.script = script;
    relistEverything();
    proxy.faults.clear();
    await whenFaults(3 * allKinds.length);
    expect(await cluster.policies()).toEqual(before);
  });
});

describe('a kind that is not served any more', () => {
  test('counts as empty, and as what it is when it is served again', async () => {
    const { cluster } = world;
    const crd = 'config/crd/appconnectivity.dev_appconnectivities.yaml';
    await cluster.kubectl(['delete', '-f', crd]);
    await whenPoliciesAre([...deployments, 'Namespace/shop']);
    await world.operator.whenReady();
    await cluster.kubectl(['apply', '--server-side', '-f', crd]);
    await cluster.whenServed();
    await cluster.apply(appConnectivity('shop/tier', everywhere));
    await whenPoliciesAre(all);
  });
});
