import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { policyName } from '../../src/core/compile/policy.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { defaultDenyName, managedByLabel } from '../../src/core/model/names.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { notesOf } from './support/events.ts';
import { History, type Moment } from './support/history.ts';
import { foreignPolicy, type Manifest, namespace, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { identities, identityOf, type LivePolicy } from './support/policies.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(MINUTE);

let cluster: Cluster;
let operator: TestOperator;
let history: History | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  await start();
});

afterEach(async () => {
  await history?.stop();
  history = undefined;
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

async function start(): Promise<void> {
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
}

/** What happens to the policies of a namespace from now on. */
async function follow(place: string): Promise<History> {
  history = await History.start(cluster, place);
  return history;
}

async function whenPoliciesAre(place: string, wanted: readonly string[]): Promise<LivePolicy[]> {
  return eventually(async () => {
    const policies = await cluster.policies(place);
    expect(identities(policies)).toEqual(wanted);
    return policies;
  });
}

const namesOf = (policies: readonly LivePolicy[]) => policies.map(({ metadata }) => metadata.name);

/** The names of the policy of `Deployment/web`, should so many before it be somebody else's. */
function nameFor(place: string, attempt = 0): string {
  const key = keyOf({ kind: 'Deployment', namespace: place, name: 'web' });
  return policyName(key, { matchLabels: { app: 'web' } }, { count: 1, index: 0, attempt });
}

/** Whether a policy of ours for this object is there at a moment. */
function isCovered({ after }: Moment, identity: string): boolean {
  return after.some(
    (policy) =>
      identityOf(policy) === identity && policy.metadata.labels?.[managedByLabel] !== undefined,
  );
}

describe('a NetworkPolicy that somebody else made with kubectl under a name that we need', () => {
  const open = { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] };

  async function occupy(...paths: readonly string[]): Promise<Manifest[]> {
    const foreign = paths.map((path) => foreignPolicy(path, open));
    for (const each of foreign) await cluster.kubectl(['create', '-f', '-'], JSON.stringify(each));
    return foreign;
  }

  test('is never written over, and two of them move ours to its third name', async () => {
    await cluster.apply(namespace('taken'));
    const names = [nameFor('taken'), nameFor('taken', 1)];
    const foreign = await occupy(...names.map((name) => `taken/${name}`));
    const before = await Promise.all(foreign.map((each) => cluster.get(each)));
    await cluster.apply(workload('taken/web', { acceptsFrom: 'none' }));
    const [ours] = await whenPoliciesAre('taken', ['Deployment/web']);
    expect(ours?.metadata.name).toBe(nameFor('taken', 2));
    expect(ours?.spec).toMatchObject({ policyTypes: ['Ingress'], ingress: [] });
    await eventually(async () =>
      expect(await notesOf(cluster, 'taken/web', 'NameConflict')).toEqual([
        `NetworkPolicy taken/${names[0]} is somebody else's; ours is ${nameFor('taken', 2)}; remove theirs if nobody needs it`,
      ]),
    );
    await operator.quiet();
    expect(await Promise.all(foreign.map((each) => cluster.get(each)))).toEqual(before);
    const findings = 'code="NameConflict"';
    expect(await operator.metric('appconnectivity_findings', findings)).toBe(1);
    await Promise.all(foreign.map((each) => cluster.remove(each)));
    await eventually(async () =>
      expect(await operator.metric('appconnectivity_findings', findings)).toBe(0),
    );
  });

  test('and then goes: ours has its own name again, with no moment without a policy', async () => {
    await cluster.apply(namespace('moved'));
    const [foreign] = await occupy(`moved/${nameFor('moved')}`);
    await cluster.apply(workload('moved/web', { acceptsFrom: '203.0.113.7' }));
    const [beside] = await whenPoliciesAre('moved', ['Deployment/web']);
    expect(beside?.metadata.name).toBe(nameFor('moved', 1));
    const history = await follow('moved');
    await cluster.remove(foreign as Manifest);
    await eventually(async () =>
      expect(namesOf(await cluster.policies('moved'))).toEqual([nameFor('moved')]),
    );
    const moments = await history.whenCaughtUp();
    expect(moments.map(({ type, policy }) => [type, policy.metadata.name])).toEqual([
      ['DELETED', nameFor('moved')],
      ['ADDED', nameFor('moved')],
      ['DELETED', nameFor('moved', 1)],
    ]);
    const [, back] = moments;
    expect(back?.policy.spec).toEqual(beside?.spec);
  });

  test('as the default-deny, and then goes: the namespace is denied at every moment', async () => {
    await cluster.apply(namespace('denied'));
    const [foreign] = await occupy(`denied/${defaultDenyName}`);
    const history = await follow('denied');
    await cluster.apply(namespace('denied', 'true'));
    await whenPoliciesAre('denied', ['Namespace/denied']);
    await eventually(async () =>
      expect(await notesOf(cluster, 'default/denied', 'NameConflict')).toHaveLength(1),
    );
    await cluster.remove(foreign as Manifest);
    await eventually(async () =>
      expect(namesOf(await cluster.policies('denied'))).toEqual([defaultDenyName]),
    );
    const moments = await history.whenCaughtUp();
    const first = moments.findIndex((moment) => isCovered(moment, 'Namespace/denied'));
    expect(first).toBeGreaterThanOrEqual(0);
    const after = moments.slice(first);
    expect(after.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'ADDED', 'DELETED']);
    expect(after.filter((moment) => !isCovered(moment, 'Namespace/denied'))).toEqual([]);
  });

  test('in place of ours, which they deleted: ours comes back beside it', async () => {
    await cluster.apply(namespace('replaced'), workload('replaced/web', { acceptsFrom: 'none' }));
    const [ours] = await whenPoliciesAre('replaced', ['Deployment/web']);
    await operator.stop();
    await cluster.remove(ours as unknown as Manifest);
    const [foreign] = await occupy(`replaced/${nameFor('replaced')}`);
    const before = await cluster.get(foreign as Manifest);
    await start();
    const [beside] = await whenPoliciesAre('replaced', ['Deployment/web']);
    expect(beside?.metadata.name).toBe(nameFor('replaced', 1));
    expect(beside?.spec).toEqual(ours?.spec);
    expect(await cluster.get(foreign as Manifest)).toEqual(before);
  });

  test('as a copy of ours, label and all: nobody adopts it, and nobody deletes it', async () => {
    await cluster.apply(namespace('copied'), workload('copied/web', { acceptsFrom: 'none' }));
    const [ours] = await whenPoliciesAre('copied', ['Deployment/web']);
    const { apiVersion, kind, metadata, spec } = ours as LivePolicy;
    const name = nameFor('copied', 1);
    const copy = { apiVersion, kind, metadata: { ...metadata, name }, spec };
    await cluster.kubectl(['create', '-f', '-'], JSON.stringify(copy));
    const before = await cluster.get(copy as unknown as Manifest);
    await operator.quiet();
    expect(await cluster.get(copy as unknown as Manifest)).toEqual(before);
    await cluster.remove(workload('copied/web'));
    await eventually(async () => expect(namesOf(await cluster.policies('copied'))).toEqual([name]));
    await operator.quiet();
    expect(await cluster.get(copy as unknown as Manifest)).toEqual(before);
  });
});
