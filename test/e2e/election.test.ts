import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cluster, MINUTE } from './support/cluster.ts';
import { type Manifest, namespace, workload } from './support/objects.ts';
import { identities } from './support/policies.ts';
import { lease, Replica } from './support/replica.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

const theLease: Manifest = {
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  metadata: { namespace: 'kube-system', name: 'appconnectivity' },
};
const binding = 'config/rbac/lease-role-binding.yaml';

let cluster: Cluster;
let replicas: Replica[] = [];
let places = 0;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.install();
}, MINUTE);

afterEach(async () => {
  for (const { child } of replicas) child.kill('SIGKILL');
  await Promise.all(replicas.map(({ ended }) => ended));
  replicas = [];
  if ((await cluster.get(theLease)) !== undefined) await cluster.remove(theLease);
});

afterAll(() => cluster?.stop());

async function start(...flags: readonly string[]): Promise<Replica> {
  const replica = await Replica.start(cluster, ...flags);
  replicas.push(replica);
  return replica;
}

/** One that leads and, started later, one that stands by. */
async function startTwo(): Promise<{ leader: Replica; standby: Replica }> {
  const leader = await start();
  await leader.whenLeading();
  const standby = await start();
  await standby.whenReady();
  await eventually(() => expect(standby.said('stands by')).toHaveLength(1));
  return { leader, standby };
}

/** A namespace of its own for a test, with this many workloads that want a policy. */
async function fill(count = 1): Promise<string> {
  places += 1;
  const place = `place-${places}`;
  await cluster.apply(namespace(place));
  const all = Array.from({ length: count }, (_, index) =>
    workload(`${place}/web-${index}`, { acceptsFrom: 'none' }),
  );
  await Promise.all(all.map((each) => cluster.apply(each)));
  return place;
}

async function whenWritten(place: string, count = 1): Promise<void> {
  await eventually(async () => expect(await cluster.policies(place)).toHaveLength(count), 30);
}

async function writesOf({ credential }: Replica, mark: number): Promise<string[]> {
  const audited = await cluster.auditedSince(mark);
  return audited.filter((each) => each.credential === credential).map(({ write }) => write);
}

const secondsSince = (began: number) => (performance.now() - began) / 1000;

describe('of two replicas', () => {
  test('one writes; the other is ready, works on nothing and writes nothing at all', async () => {
    const { leader, standby } = await startTwo();
    const mark = await cluster.auditMark();
    await whenWritten(await fill(20), 20);
    await leader.whenReady();
    expect(await writesOf(standby, mark)).toEqual([]);
    expect(await standby.metric('workqueue_adds_total{name="reconcile",priority="change"}')).toBe(
      0,
    );
    expect(await standby.metric('workqueue_adds_total{name="reconcile",priority="sweep"}')).toBe(0);
    const written = await writesOf(leader, mark);
    expect(written.filter((write) => write.includes(' networkpolicies '))).toHaveLength(20);
    const audited = await cluster.auditedSince(mark);
    expect(new Set(audited.map(({ credential }) => credential))).toEqual(
      new Set([leader.credential]),
    );
  });

  test('the standby takes over within three seconds when the leader is told to stop', async () => {
    const { leader, standby } = await startTwo();
    const began = performance.now();
    leader.child.kill('SIGTERM');
    await standby.whenLeading();
    expect(secondsSince(began)).toBeLessThan(3);
    expect(await leader.ended).toBe(0);
    await whenWritten(await fill());
  });

  test('the standby takes over within the lease and two seconds when the leader is killed', async () => {
    const { leader, standby } = await startTwo();
    const began = performance.now();
    leader.child.kill('SIGKILL');
    await leader.ended;
    const place = await fill();
    await standby.whenLeading();
    expect(secondsSince(began)).toBeLessThan(lease.duration + 2);
    await whenWritten(place);
    const { spec } = (await cluster.get(theLease)) as { spec: Record<string, unknown> };
    expect(spec.leaseTransitions).toBe(1);
  });

  test('a leader that was stopped in the middle of its work writes nothing when it wakes', async () => {
    const { leader, standby } = await startTwo();
    const filling = fill(150);
    await eventually(async () => expect(await cluster.policies()).not.toEqual([]));
    leader.child.kill('SIGSTOP');
    const place = await filling;
    await standby.whenLeading();
    await whenWritten(place, 150);
    // What it would repair, and what it has never seen: work for whoever believes to lead.
    const [first] = await cluster.policies(place);
    await cluster.kubectl(['delete', 'networkpolicy', '-n', place, first?.metadata.name ?? '']);
    const mark = await cluster.auditMark();
    leader.child.kill('SIGCONT');
    await eventually(() => expect(leader.said('leads no more')).toHaveLength(1));
    await whenWritten(await fill(5), 5);
    await whenWritten(place, 150);
    await leader.whenReady();
    expect(await writesOf(leader, mark)).toEqual([]);
    expect(await leader.leads()).toBe(false);
    expect(await standby.leads()).toBe(true);
  });
});

describe('the Lease', () => {
  test('that somebody deletes is made anew by its holder, who leads on', async () => {
    const { leader, standby } = await startTwo();
    await cluster.remove(theLease);
    await eventually(async () => {
      expect(await cluster.get(theLease)).toMatchObject({
        metadata: { annotations: { 'appconnectivity.dev/installation': 'appconnectivity-system' } },
      });
    });
    await whenWritten(await fill());
    expect(await leader.metric('appconnectivity_leader_changes_total{change="lost"}')).toBe(0);
    // Once more where the standby was the first to see the gap, and left a vacant Lease in it.
    const looks = await leader.metric('leader_election_slowpath_total{name="appconnectivity"}');
    expect([1, 2]).toContain(looks);
    expect(await standby.leads()).toBe(false);
  });

  test('that may not be touched any more ends all writes, and says so, until it may', async () => {
    const leader = await start();
    await leader.whenLeading();
    await leader.whenReady();
    await cluster.kubectl(['delete', '-f', binding]);
    await eventually(async () => expect(await leader.leads()).toBe(false), 30);
    const mark = await cluster.auditMark();
    const place = await fill();
    await eventually(async () => {
      const { status, text } = await leader.ask('/readyz');
      expect(text).toMatch(/^the Lease kube-system\/appconnectivity cannot be held, so nothing/);
      expect(text).toContain('forbidden');
      expect(status).toBe(503);
    });
    expect((await leader.ask('/healthz')).status).toBe(200);
    // Trying to renew it counts as a write too.
    const writes = await writesOf(leader, mark);
    expect(writes.filter((write) => !write.includes(' leases '))).toEqual([]);
    expect(await cluster.policies(place)).toEqual([]);
    await cluster.kubectl(['apply', '--server-side', '-f', binding]);
    await whenWritten(place);
    await leader.whenReady();
  });
});

test('a second installation writes nothing, says whose the cluster is, and takes over when told to', async () => {
  const first = await start();
  await first.whenLeading();
  const second = await start('--namespace', 'elsewhere');
  const whose =
    'the Lease kube-system/appconnectivity belongs to the operator in namespace appconnectivity-system; this one, of namespace elsewhere, writes nothing.';
  await eventually(async () => {
    const { status, text } = await second.ask('/readyz');
    expect(text).toContain(whose);
    expect(status).toBe(503);
  });
  expect((await second.ask('/healthz')).status).toBe(200);
  expect(await second.metric('appconnectivity_other_installation')).toBe(1);
  const mark = await cluster.auditMark();
  first.child.kill('SIGKILL');
  await first.ended;
  const place = await fill();
  await sleep((lease.duration + 3 * lease.retry) * 1000);
  expect(await writesOf(second, mark)).toEqual([]);
  expect(identities(await cluster.policies(place))).toEqual([]);
  expect(second.said(whose)).toHaveLength(1);
  await cluster.remove(theLease);
  await second.whenLeading();
  await whenWritten(place);
  await second.whenReady();
  expect(await second.metric('appconnectivity_other_installation')).toBe(0);
});
