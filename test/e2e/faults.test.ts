import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { resources } from '../../src/kube/resources.ts';
import {
  anyEnd,
  anyOf,
  brokenStreams,
  hanging,
  noFaults,
  overloaded,
  type Script,
  unreliable,
} from '../support/faults.ts';
import { randomOf } from '../support/random.ts';
import { MINUTE } from './support/cluster.ts';
import { anonymous, type Fate, fatesIn, live, outcomeOf } from './support/fates.ts';
import { allKinds, FaultyCluster } from './support/faulty-cluster.ts';
import { appConnectivity, type Manifest, namespace } from './support/objects.ts';
import type { Measure } from './support/operator-process.ts';
import { whenLiveIsRendered } from './support/render.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Back-offs of at most 30 s take 1.5 s, and a silent watch is given up after 6 s instead of 120. */
const speed = 20;
/**
 * Hundreds of faults leave no more than this: our own questions about its health hold a socket or
 * two. Its connections to the API server are counted exactly.
 */
const margin = 4;
/** The same history happens in several pairs of namespaces at once. */
const pairs = ['a', 'b', 'c'].map((each) => ({ near: `near-${each}`, far: `far-${each}` }));
type Pair = (typeof pairs)[number];

let world: FaultyCluster;
/** What becomes of the same history without any fault, and what the process holds afterwards. */
let wanted: Awaited<ReturnType<typeof outcomeIn>>;
let atRest: Measure;

beforeAll(async () => {
  world = await FaultyCluster.start(speed, 1);
  await world.cluster.apply(...bareNamespaces());
  await liveThrough(randomOf(0), () => {});
  // Statuses follow policies.
  await world.operator.quiet();
  const [first, ...others] = await outcomes();
  if (first === undefined) throw new Error('there is no pair');
  wanted = first;
  expect(wanted.policies).toHaveLength(8);
  expect(wanted.statuses).toHaveLength(2);
  expect(others).toEqual(others.map(() => wanted));
  await forget();
  atRest = await whenAtRest();
});

afterEach(() => expect(world.operator.complaints).toEqual([]));

afterAll(() => world?.stop());

function bareNamespaces(): Manifest[] {
  return pairs.flatMap(({ near, far }) => [namespace(near), namespace(far)]);
}

/** What happens in a pair of namespaces; there is more to tell of resources here. */
function fatesOf({ near, far }: Pair): Fate[] {
  const about = { workload: { kind: 'Deployment', name: 'web' } };
  const api = { service: { name: 'api' }, ports: [{ port: 80 }] };
  const batch = { workload: { kind: 'StatefulSet', name: 'batch' } };
  return [
    ...fatesIn(near, far),
    [
      appConnectivity(`${near}/web`, { ...about, talksTo: [api] }),
      appConnectivity(`${near}/web`, { ...about, acceptsFrom: [{ nobody: true }] }),
      appConnectivity(`${near}/web`, { ...about, talksTo: [batch, api] }),
    ],
  ];
}

/** Lives through all histories, with `harass` before each step; then the faults are over. */
async function liveThrough(random: () => number, harass: (step: number) => void): Promise<void> {
  const between = async (step: number) => {
    harass(step);
    await sleep(150 * random());
  };
  await Promise.all(pairs.map((pair) => live(world.cluster, fatesOf(pair), random, between)));
  world.proxy.script = noFaults;
  await whenLiveIsRendered(world.cluster);
}

/** All policies and all statuses of a pair, without the times at which they came to be. */
async function outcomeIn({ near, far }: Pair) {
  const { items } = await world.cluster.client.list(resources.appConnectivities, {
    namespace: near,
  });
  const untimed = (name: string, value: unknown) =>
    name === 'lastTransitionTime' ? undefined : value;
  const text = JSON.stringify(
    items.map(({ metadata, status }) => [metadata.name, status]),
    untimed,
  );
  return {
    policies: await outcomeOf(world.cluster, near, far),
    statuses: JSON.parse(anonymous(text, near, far)) as unknown[],
  };
}

function outcomes() {
  return Promise.all(pairs.map(outcomeIn));
}

/** Takes away all that the histories have left, so that the next ones begin as the first did. */
async function forget(): Promise<void> {
  const { cluster } = world;
  const kinds = 'deployments,statefulsets,services,appconn';
  for (const { near, far } of pairs) {
    for (const place of [near, far]) {
      await cluster.kubectl(['delete', kinds, '--all', '-n', place, '--wait=false']);
    }
  }
  await cluster.apply(...bareNamespaces());
  await eventually(async () => expect(await cluster.policies()).toEqual([]), 30);
}

/** What the process holds when its watches are the only connections that it has left. */
async function whenAtRest(): Promise<Measure> {
  const { operator, proxy } = world;
  await operator.quiet();
  await eventually(() => expect(proxy.connections).toBe(allKinds.length), 45);
  return operator.measure();
}

const scenarios: readonly (readonly [string, number, (random: () => number) => Script])[] = [
  ['an API server that is overloaded', 101, (random) => overloaded(random, 0.4)],
  ['connections that break and answers that get lost', 202, (random) => unreliable(random, 0.4)],
  ['watches that end in every way', 303, (random) => brokenStreams(random, 0.8)],
  ['all of it at once', 404, everything],
  ['all of it, and calls that are never answered', 505, andHanging],
];

function everything(random: () => number): Script {
  return anyOf(overloaded(random, 0.15), brokenStreams(random, 0.5), unreliable(random, 0.25));
}

function andHanging(random: () => number): Script {
  return anyOf(hanging(random, 0.03), everything(random));
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((total, count) => total + count, 0);
}

describe('when the faults are over, policies and statuses are as if there had been none', () => {
  test.each(scenarios)('%s (seed %i)', async (_, seed, scriptOf) => {
    const random = randomOf(seed);
    const { proxy } = world;
    proxy.faults.clear();
    proxy.script = scriptOf(random);
    await liveThrough(random, (step) => {
      if (step % 12 === 6) proxy.breakStreams(() => anyEnd(random));
    });
    expect(sum(proxy.faults.values())).toBeGreaterThan(30);
    const all = pairs.map(() => wanted);
    await eventually(async () => expect(await outcomes()).toEqual(all), 30);
    await forget();
  });

  test('and the process holds no more sockets, timers, files and memory than before', async () => {
    await eventually(async () => {
      const { resources: held, files, heap } = await whenAtRest();
      const grown = Object.entries(held).filter(([type, count]) => {
        return count > (atRest.resources[type] ?? 0) + margin;
      });
      expect(grown).toEqual([]);
      expect(files).toBeLessThanOrEqual(atRest.files + margin);
      expect(heap).toBeLessThan(atRest.heap + 4 * 1024 * 1024);
    }, 60);
  });
});
