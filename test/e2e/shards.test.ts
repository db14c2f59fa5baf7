import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { policyName } from '../../src/core/compile/policy.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { judge } from '../../src/core/reach/judge.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { violationsOf } from './support/bounds.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { History, sourceOf } from './support/history.ts';
import {
  appConnectivity,
  foreignPolicy,
  type Manifest,
  namespace,
  workload,
} from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities, identityOf, isBridge, type LivePolicy } from './support/policies.ts';
import { dieAfterEachWrite, SmallOperator } from './support/small-operator.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let operator: { stop(): Promise<void> } | undefined;
let history: History | undefined;
let shop: string;
let count = 0;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
});

beforeEach(() => {
  count += 1;
  shop = `shop-${count}`;
});

afterEach(async () => {
  await stop();
  await history?.stop();
  history = undefined;
});

afterAll(() => cluster?.stop());

async function start(): Promise<SmallOperator> {
  const small = await SmallOperator.start(cluster);
  operator = small;
  return small;
}

async function stop(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

/** Addresses outside the cluster, by their last number. */
const outside = span(1, 12);

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const address = (last: number) => `203.0.113.${last}`;
const pod = (app: string, name = app) => ({ namespace: shop, labels: { app }, name });

/** Whom a workload lists in one direction; undefined where it says nothing. */
type List = readonly number[] | undefined;

interface Declared {
  readonly in?: List;
  readonly out?: List;
  /** Addresses are written two by two, as blocks. */
  readonly paired?: boolean;
  /** The value of the namespace's default-deny label. */
  readonly deny?: string;
}

function manifestsOf(declared: Declared): Manifest[] {
  const pairsOf = (list: readonly number[]) =>
    list.filter((last) => last % 2 === 0).map((last) => `${address(last)}/31`);
  const entriesOf = (list: readonly number[]) =>
    declared.paired ? pairsOf(list) : list.map(address);
  const textOf = (list: List) => list && (entriesOf(list).join() || 'none');
  const texts = { acceptsFrom: textOf(declared.in), talksTo: textOf(declared.out) };
  return [namespace(shop, declared.deny), workload(`${shop}/web`, texts)];
}

/** Whom the policies let in and out of the pods of `web`. */
function allowedBy(policies: readonly LivePolicy[]) {
  const source = sourceOf(policies);
  const outer = (last: number) => ({ address: address(last) });
  const allows = (from: Party, to: Party) => judge(source, from, to, 8080, 'TCP').allowed;
  return {
    in: outside.filter((last) => allows(outer(last), pod('web'))),
    out: outside.filter((last) => allows(pod('web'), outer(last))),
  };
}

/** Waits until exactly what is declared is allowed, by so many policies, none of them a bridge. */
function whenLive(declared: Declared, shards: number): Promise<void> {
  const open = (list: List) => list ?? (declared.deny === undefined ? outside : []);
  return eventually(async () => {
    const policies = await cluster.policies(shop);
    expect(policies.filter((each) => identityOf(each) === 'Deployment/web')).toHaveLength(shards);
    expect(policies.filter(isBridge)).toEqual([]);
    expect(allowedBy(policies)).toEqual({ in: open(declared.in), out: open(declared.out) });
  });
}

/** What went beyond old-or-new, or below old-and-new, since the history began. */
async function violations(before: readonly LivePolicy[], callers: readonly string[] = []) {
  const moments = (await history?.whenCaughtUp()) ?? [];
  const found = violationsOf(before, moments, [
    ...[pod('web'), pod('web', 'replica'), pod('stranger'), ...callers.map((app) => pod(app))],
    { namespace: 'elsewhere', labels: { app: 'web' }, name: 'namesake' },
    ...[...outside, 99].map((last) => ({ address: address(last) })),
  ]);
  return { moments: moments.length, found };
}

/** What changes, what is declared before and after, and how many policies there are then. */
type Change = readonly [string, before: Declared, after: Declared, shards: [number, number]];

const few = span(1, 2);
const many = span(1, 7);
const even = span(2, 9);
const deny = 'true';

const changes: readonly Change[] = [
  ['a list grows', { in: few }, { in: many }, [1, 4]],
  ['a list grows much', { in: many }, { in: outside }, [4, 8]],
  ['a list shrinks', { in: many }, { in: few }, [4, 1]],
  ['half of a list changes', { in: many }, { in: span(4, 10) }, [4, 4]],
  ['all of a list changes', { in: few }, { in: span(4, 10) }, [1, 4]],
  ['a list is written in blocks', { in: even }, { in: even, paired: true }, [4, 4]],
  ['a list is written in addresses', { in: even, paired: true }, { in: even }, [4, 4]],
  ['nobody is left in a list', { in: many }, { in: [] }, [4, 1]],
  ['it is declared first', {}, { in: many }, [0, 4]],
  ['nothing is declared any more', { in: many }, {}, [4, 0]],
  ['a direction comes', { in: many }, { in: many, out: many }, [4, 8]],
  ['a direction comes, in as many', { in: outside }, { in: outside, out: few }, [8, 8]],
  ['a direction goes', { in: many, out: many }, { out: many }, [8, 4]],
  ['a direction goes, in as many', { in: outside, out: few }, { in: outside }, [8, 8]],
  ['one direction comes for another', { in: many }, { out: many }, [4, 4]],
  ['default-deny comes', { in: many }, { in: many, deny }, [4, 4]],
  ['default-deny goes', { in: many, deny }, { in: many }, [4, 4]],
  [
    'a direction is declared that was denied',
    { in: [1], deny },
    { in: [1], out: few, deny },
    [1, 4],
  ],
];

/** Brings a workload to what it declares before, and takes note of all that happens from there. */
async function prepare(before: Declared, shards: number): Promise<readonly LivePolicy[]> {
  await cluster.apply(...manifestsOf(before));
  const small = await start();
  await whenLive(before, shards);
  await small.idle();
  const policies = await cluster.policies(shop);
  history = await History.start(cluster, shop);
  return policies;
}

describe('a workload with more peers than one policy holds: no flow is lost or opened on the way', () => {
  test.each(changes)('when %s', async (_, from, to, shards) => {
    const before = await prepare(from, shards[0]);
    await cluster.apply(...manifestsOf(to));
    await whenLive(to, shards[1]);
    await (operator as SmallOperator).idle();
    await whenLive(to, shards[1]);
    const { moments, found } = await violations(before);
    expect(found).toEqual([]);
    expect(moments).toBeGreaterThan(0);
  });

  test.each(changes)(
    'when %s, and the operator dies after each write',
    async (_, from, to, shards) => {
      const before = await prepare(from, shards[0]);
      await stop();
      await cluster.apply(...manifestsOf(to));
      const deaths = await dieAfterEachWrite(cluster);
      await whenLive(to, shards[1]);
      const { found } = await violations(before);
      expect(found).toEqual([]);
      expect(deaths).toBeGreaterThan(0);
    },
  );
});

test('shards whose names are somebody else’s have others, and get their own back, without any gap', async () => {
  const key = keyOf({ kind: 'Deployment', namespace: shop, name: 'web' });
  const nameOf = (index: number) =>
    policyName(key, { matchLabels: { app: 'web' } }, { count: 4, index });
  const namesNow = async () => (await cluster.policies(shop)).map(({ metadata }) => metadata.name);
  const elsewhere = { podSelector: { matchLabels: { app: 'somebody' } } };
  const foreign = [0, 2].map((index) => foreignPolicy(`${shop}/${nameOf(index)}`, elsewhere));
  await cluster.apply(namespace(shop), ...foreign);
  const before = await prepare({ in: few }, 1);
  await cluster.apply(...manifestsOf({ in: many }));
  await whenLive({ in: many }, 4);
  expect(await namesNow()).not.toContain(nameOf(0));
  expect(await namesNow()).toContain(nameOf(1));
  for (const each of foreign) {
    await cluster.remove(each);
    await eventually(async () => expect(await namesNow()).toContain(each.metadata.name));
    await whenLive({ in: many }, 4);
  }
  expect((await namesNow()).sort()).toEqual(span(0, 3).map(nameOf).sort());
  const { moments, found } = await violations(before);
  expect(found).toEqual([]);
  expect(moments).toBeGreaterThanOrEqual(5 + 3 + 3);
});

describe('a silent workload that more workloads name than one policy holds', () => {
  const callers = span(1, 7).map((index) => `caller-${index}`);
  const everyShard = [...callers, ...callers, ...['web', 'web', 'web', 'web']];

  async function prepare(deny: string | undefined, wanted: readonly string[]) {
    await cluster.apply(
      namespace(shop, deny),
      workload(`${shop}/web`),
      ...callers.map((app) => workload(`${shop}/${app}`, { talksTo: 'web:8080' })),
    );
    const small = await start();
    await whenPoliciesAre(wanted);
    await small.idle();
    const policies = await cluster.policies(shop);
    history = await History.start(cluster, shop);
    return policies;
  }

  const whenPoliciesAre = (wanted: readonly string[]) =>
    eventually(async () => {
      const policies = await cluster.policies(shop);
      expect(identities(policies)).toEqual(wanted);
      expect(policies.filter(isBridge)).toEqual([]);
    });

  test.each([
    ['comes', undefined, 'ingress', false],
    ['goes', 'ingress', undefined, false],
    ['comes, and the operator dies after each write', undefined, 'ingress', true],
    ['goes, and the operator dies after each write', 'ingress', undefined, true],
  ])('loses no flow and opens none when default-deny %s', async (_, from, to, dies) => {
    const isolated = everyShard.map((app) => `Deployment/${app}`).sort();
    const whole = [...isolated, `Namespace/${shop}`];
    const open = callers.map((app) => `Deployment/${app}`);
    const before = await prepare(from, from === undefined ? open : whole);
    if (dies) await stop();
    await cluster.apply(namespace(shop, to));
    if (dies) expect(await dieAfterEachWrite(cluster)).toBeGreaterThan(5);
    await whenPoliciesAre(to === undefined ? open : whole);
    if (!dies) await (operator as SmallOperator).idle();
    const { moments, found } = await violations(before, callers);
    expect(found).toEqual([]);
    expect(moments).toBeGreaterThan(5);
  });
});

test('of more than 500 peers there are several policies, and all of the peers are in them', async () => {
  const range = (last: number) => `198.18.${Math.floor(last / 256)}.${last % 256}`;
  const named = span(0, 255).map(range);
  const listed = span(256, 511).map((last) => ({ cidr: { block: `${range(last)}/32` } }));
  await cluster.apply(
    namespace(shop),
    workload(`${shop}/web`, { acceptsFrom: named.join() }),
    appConnectivity(`${shop}/web`, {
      ...{ workload: { kind: 'Deployment', name: 'web' }, acceptsFrom: listed },
    }),
  );
  const large = await TestOperator.start(cluster);
  operator = large;
  await large.whenReady();
  await eventually(async () => {
    const policies = await cluster.policies(shop);
    expect(identities(policies)).toEqual(['Deployment/web', 'Deployment/web']);
    const rules = policies.flatMap(({ spec }) => spec.ingress ?? []);
    const blocks = rules.flatMap(({ from = [] }) => from.flatMap(({ ipBlock }) => ipBlock ?? []));
    const cidrs = blocks.map(({ cidr }) => cidr).sort();
    expect(cidrs).toEqual([...span(0, 511).map((last) => `${range(last)}/32`)].sort());
    expect(policies.filter(isBridge)).toEqual([]);
  });
});
