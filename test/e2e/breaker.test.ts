import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, identities, identityOf, type LivePolicy } from './support/policies.ts';
import {
  accepting,
  acceptingFrom,
  apps,
  breakerLines,
  conditionOf,
  emptyList,
  policyWritesSince,
  removeEverything,
  whenClosed,
  whenTripped,
} from './support/tripped.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(3 * MINUTE);

/** Four of anything trip it, where they are more than a fifth. */
const three = { breaker: { policies: 3 } };

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.install();
});

afterEach(async () => {
  await operator.stop();
  await removeEverything(cluster);
});

afterAll(() => cluster?.stop());

/** Starts the operator, in the place of the one before, and waits until it has nothing to do. */
async function start(file: object, speed = 1): Promise<void> {
  await operator?.stop();
  operator = await TestOperator.start(cluster, speed, file);
  await operator.whenReady();
  await operator.quiet();
}

/** Waits until there are so many policies. */
function policiesIn(place: string, count: number): Promise<LivePolicy[]> {
  return eventually(async () => {
    const policies = await cluster.policies(place);
    expect(policies).toHaveLength(count);
    return policies;
  }, 30);
}

function cidrsOf(policy: LivePolicy | undefined): (string | undefined)[] {
  const peers = policy?.spec.ingress?.flatMap(({ from = [] }) => from) ?? [];
  return peers.flatMap(({ ipBlock }) => (ipBlock === undefined ? [] : ipBlock.cidr)).sort();
}

/** Waits until a new workload that is isolated has its policy. */
async function whenAdded(path: string): Promise<void> {
  const [place = '', name] = path.split('/');
  await cluster.apply(workload(path, { kind: 'StatefulSet', acceptsFrom: 'none' }));
  await eventually(async () => {
    expect(identities(await cluster.policies(place))).toContain(`StatefulSet/${name}`);
  });
}

/** Waits until this AppConnectivity says that what it would take away waits for somebody. */
async function whenHeld(path: string): Promise<void> {
  const waits = {
    ...{ status: 'False', reason: 'Held' },
    message: 'the breaker of the cluster holds what would be deleted or narrowed; see its Event',
  };
  await eventually(async () => {
    expect(await conditionOf(cluster, path, 'Programmed')).toEqual(waits);
    expect(await conditionOf(cluster, path, 'Ready')).toEqual(waits);
    expect(await conditionOf(cluster, path, 'Stalled')).toEqual({ ...waits, status: 'True' });
  }, 30);
}

describe('A GitOps tool that empties the list of AppConnectivities', () => {
  test('takes ten policies away; then everything stays, and what is added goes on', async () => {
    await cluster.apply(namespace('shop'), ...apps('shop', 16), ...accepting('shop', 16));
    await start({ breaker: {} });
    const before = await policiesIn('shop', 16);
    const mark = await cluster.auditMark();
    await emptyList(cluster, 'shop');
    await whenTripped(cluster, operator, 'namespace', { place: 'shop', lost: 11, all: 16 });
    await whenTripped(cluster, operator, 'cluster', { place: 'shop', lost: 11, all: 16 });
    await operator.quiet();
    const left = await cluster.policies('shop');
    expect(left).toHaveLength(6);
    expect(before).toEqual(expect.arrayContaining(left));
    const writes = await policyWritesSince(cluster, mark);
    expect(writes.map((write) => write.split(' ')[0])).toEqual(Array(10).fill('delete'));

    await whenAdded('shop/late');
    const [held = ''] = identities(left);
    const path = held.replace('Deployment', 'shop');
    await cluster.apply(acceptingFrom(path, '198.51.100.0/24'));
    await eventually(async () => {
      const policy = byIdentity(await cluster.policies('shop')).get(held);
      expect(cidrsOf(policy)).toEqual(['198.51.100.0/24', '203.0.113.0/24']);
    });
    await whenHeld(path);
    const others = (policies: readonly LivePolicy[]) =>
      policies.filter((policy) => identityOf(policy) !== held);
    const live = await cluster.policies('shop');
    expect(others(live)).toEqual(expect.arrayContaining(others(left)));
    expect(live).toHaveLength(7);
  });

  test('and fills it again: the breaker closes by itself, and every policy is what it was', async () => {
    await cluster.apply(namespace('refilled'), ...apps('refilled', 8), ...accepting('refilled', 8));
    await start(three);
    const before = await policiesIn('refilled', 8);
    await emptyList(cluster, 'refilled');
    await whenTripped(cluster, operator, 'namespace', { place: 'refilled', lost: 4, all: 8 });
    await operator.quiet();
    const left = await cluster.policies('refilled');
    expect(left).toHaveLength(5);
    await cluster.apply(...accepting('refilled', 8));
    await whenClosed(operator, { namespace: 'gone', cluster: 'gone' });
    const after = await policiesIn('refilled', 8);
    expect(after.map(({ spec }) => spec)).toEqual(before.map(({ spec }) => spec));
    expect(after).toEqual(expect.arrayContaining(left));
  });

  test('is held over a restart: the policies that are left stay, and it says so again', async () => {
    await cluster.apply(
      namespace('restarted'),
      ...apps('restarted', 8),
      ...accepting('restarted', 8),
    );
    await start(three);
    await policiesIn('restarted', 8);
    await emptyList(cluster, 'restarted');
    await whenTripped(cluster, operator, 'namespace', { place: 'restarted', lost: 4, all: 8 });
    await operator.quiet();
    const left = await cluster.policies('restarted');
    expect(left).toHaveLength(5);
    const mark = await cluster.auditMark();
    await start(three);
    await whenTripped(cluster, operator, 'namespace', { place: 'restarted', lost: 5, all: 5 });
    await whenAdded('restarted/late');
    await operator.quiet();
    expect(await cluster.policies('restarted')).toEqual(expect.arrayContaining(left));
    expect((await policyWritesSince(cluster, mark)).map(verbOf)).toEqual(['patch']);
  });
});

function verbOf(write: string): string | undefined {
  return write.split(' ')[0];
}

describe('A CRD that is deleted', () => {
  const crd = 'config/crd/appconnectivity.dev_appconnectivities.yaml';
  /** Pauses before a kind is asked for again are shorter. */
  const speed = 10;

  test('loses no more than the limit, and nothing for good once it is created again', async () => {
    await cluster.apply(
      namespace('uncovered'),
      ...apps('uncovered', 8),
      ...accepting('uncovered', 8),
    );
    await start({ breaker: { policies: 3, window: 3600 } }, speed);
    const before = await policiesIn('uncovered', 8);
    const mark = await cluster.auditMark();
    await cluster.kubectl(['delete', '-f', crd]);
    await whenTripped(cluster, operator, 'namespace', { place: 'uncovered', lost: 4, all: 8 });
    await whenAdded('uncovered/late');
    await operator.whenReady();
    await operator.quiet();
    const writes = await policyWritesSince(cluster, mark);
    expect(writes.map(verbOf).sort()).toEqual([...Array(3).fill('delete'), 'patch']);
    const left = await policiesIn('uncovered', 6);
    await cluster.kubectl(['apply', '--server-side', '-f', crd]);
    await cluster.whenServed();
    await cluster.apply(...accepting('uncovered', 8));
    await whenClosed(operator, { namespace: 'gone', cluster: 'gone' });
    const after = await policiesIn('uncovered', 9);
    expect(after).toEqual(expect.arrayContaining(left));
    const specs = byIdentity(after);
    for (const policy of before) expect(specs.get(identityOf(policy))?.spec).toEqual(policy.spec);
  });
});

describe('A typo in the selector of default-deny by configuration', () => {
  const denying = (env: string) => ({
    ...three,
    defaultDeny: { rules: [{ selector: { matchLabels: { env } } }] },
  });
  const places = ['a', 'b', 'c', 'd', 'e'].map((letter) => `team-${letter}`);
  const labelled = (name: string): Manifest => ({
    ...namespace(name),
    metadata: { name, labels: { env: 'dev' } },
  });

  test('opens no namespace, new ones are still covered by label, and the right one goes on', async () => {
    await cluster.apply(...places.flatMap((each) => [labelled(each), workload(`${each}/silent`)]));
    await start(denying('dev'));
    const before = await eventually(async () => {
      const policies = await cluster.policies();
      expect(policies).toHaveLength(10);
      return policies;
    });
    const mark = await cluster.auditMark();
    await start(denying('dve'));
    await whenTripped(cluster, operator, 'cluster', { place: 'team-', lost: 5, all: 10 });
    await cluster.apply(namespace('team-f', 'true'));
    await policiesIn('team-f', 1);
    await operator.quiet();
    expect(await policyWritesSince(cluster, mark)).toEqual(['patch team-f/appconn-default-deny']);
    expect(await cluster.policies()).toEqual(expect.arrayContaining(before));

    await cluster.apply(namespace('team-f'));
    await start(denying('dev'));
    await policiesIn('team-f', 0);
    expect(await cluster.policies()).toEqual(before);
    expect(breakerLines(operator, 'tripped')).toEqual([]);
  });
});

describe('A version that renders otherwise', () => {
  const talking = (index: number, ...more: readonly object[]): Manifest =>
    appConnectivity(`upgraded/app-${index}`, {
      workload: { kind: 'Deployment', name: `app-${index}` },
      talksTo: [{ cidr: { block: '203.0.113.0/24' } }, ...more],
    });
  /** Stands for any change that takes a rule away from every policy. */
  const withoutDns = { ...three, deny: { dns: true } };
  const hasDns = ({ spec }: LivePolicy) => JSON.stringify(spec).includes('kube-dns');

  test('narrows nothing, restart after restart; what is added goes on; back again it is calm', async () => {
    const all = [0, 1, 2, 3, 4, 5].map((index) => talking(index));
    await cluster.apply(namespace('upgraded'), ...apps('upgraded', 6), ...all);
    await start(three);
    const before = await policiesIn('upgraded', 6);
    expect(before.filter(hasDns)).toHaveLength(6);
    const mark = await cluster.auditMark();
    await start(withoutDns);
    await whenTripped(cluster, operator, 'namespace', { place: 'upgraded', lost: 6, all: 6 });
    await whenTripped(cluster, operator, 'cluster', { place: 'upgraded', lost: 6, all: 6 });
    await whenHeld('upgraded/app-1');
    await start(withoutDns);
    await whenTripped(cluster, operator, 'namespace', { place: 'upgraded', lost: 6, all: 6 });
    await whenHeld('upgraded/app-1');
    await operator.quiet();
    expect(await policyWritesSince(cluster, mark)).toEqual([]);

    await cluster.apply(talking(0, { cidr: { block: '198.51.100.0/24' } }));
    const name = 'Deployment/app-0';
    await eventually(async () => {
      const policy = byIdentity(await cluster.policies('upgraded')).get(name);
      expect(JSON.stringify(policy?.spec)).toContain('198.51.100.0/24');
    });
    const added = await policiesIn('upgraded', 6);
    expect(added.filter(hasDns)).toHaveLength(6);

    await cluster.apply(talking(0));
    await start(three);
    await eventually(async () => {
      const { reason } = await conditionOf(cluster, 'upgraded/app-1', 'Programmed');
      expect(reason).toBe('Programmed');
    });
    expect((await cluster.policies('upgraded')).map(({ spec }) => spec)).toEqual(
      before.map(({ spec }) => spec),
    );
    expect(breakerLines(operator, 'tripped')).toEqual([]);
  });
});
