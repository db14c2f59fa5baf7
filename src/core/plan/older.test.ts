import { describe, expect, test } from '@jest/globals';
import { applied } from '../../../test/support/writes.ts';
import { compile } from '../compile/compile.ts';
import { type Key, keyOf } from '../model/identity.ts';
import type { LabelSelector, Labels } from '../model/labels.ts';
import { exemptAnnotation, exemptReason } from '../model/names.ts';
import type { NamespaceRecord, WorkloadRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { findAllowAll } from './guard.ts';
import { planKey } from './plan.ts';

const keyOfWorkload = (name: string) => keyOf({ kind: 'Deployment', namespace: 'shop', name });
const namespaceKey = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });
const keys = [keyOfWorkload('shop'), keyOfWorkload('db'), namespaceKey];

function workload(name: string, labels: Labels, texts: Labels = {}): WorkloadRecord {
  return {
    kind: 'Workload',
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name },
    uid: name,
    selector: { matchLabels: labels },
    labels,
    ports: [],
    hostNetwork: false,
    texts: Object.fromEntries(
      Object.entries(texts).map(([field, text]) => [`appconnectivity.dev/${field}`, text]),
    ),
    strays: [],
  };
}

function namespace(deny: string): NamespaceRecord {
  const labels = { 'appconnectivity.dev/default-deny': deny };
  return { kind: 'Namespace', name: 'shop', uid: '', labels, texts: {}, terminating: false };
}

function worldOf(...records: Parameters<World['put']>[0][]): World {
  const world = new World(defaultSettings);
  for (const record of records) world.put(record);
  return world;
}

const changesOf = (world: World, key: Key) =>
  planKey(world, key, compile(world, key).policies).changes;

/** Makes what may be written until nothing is left; pods of older selectors go on draining. */
function settle(world: World): void {
  for (let round = 0; round < 10; round++) {
    for (const change of keys.flatMap((key) => changesOf(world, key))) {
      if (change.type !== 'delete') {
        expect(findAllowAll(change.policy)).toBeUndefined();
        world.put(applied(change.policy));
      } else if (!change.whenPodsAreGone) world.remove(change.live);
    }
  }
}

const policiesOf = (world: World, key: Key) =>
  [...(world.state('shop')?.policiesFor(key) ?? [])].map(({ policy }) => policy);

const selecting = (world: World, selector: LabelSelector) =>
  policiesOf(world, keyOfWorkload('shop')).find(
    ({ spec }) => JSON.stringify(spec.podSelector) === JSON.stringify(selector),
  );

const before = { app: 'shop' };
const after = { app: 'shop', component: 'web' };
const db = workload(
  'db',
  { app: 'shop', component: 'db' },
  {
    'accepts-from': 'none',
    'talks-to': 'none',
  },
);

describe('A policy of an older selector of a workload in audit', () => {
  test('never opens the pods of an enforced workload', () => {
    const world = worldOf(namespace('true'), workload('shop', before));
    settle(world);
    world.put(workload('shop', after));
    world.put(db);
    settle(world);
    world.put(workload('shop', after, { mode: 'audit' }));
    settle(world);
    expect(selecting(world, { matchLabels: after })?.spec).toMatchObject({
      ...{ ingress: [{}], egress: [{}] },
    });
    const older = selecting(world, { matchLabels: before });
    expect(older?.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(older?.spec.ingress).not.toContainEqual({});
    expect(older?.spec.egress).not.toContainEqual({});
  });

  test('is exempt as well where it matches no other’s pods, and no more once it does', () => {
    const world = worldOf(namespace('ingress'), workload('shop', before, { mode: 'audit' }));
    settle(world);
    world.put(workload('shop', after, { mode: 'audit' }));
    settle(world);
    expect(selecting(world, { matchLabels: before })?.spec.ingress).toEqual([{}]);
    world.put(db);
    settle(world);
    const older = selecting(world, { matchLabels: before })?.spec;
    expect(older?.policyTypes).toEqual(['Ingress']);
    expect(older?.ingress).not.toContainEqual({});
  });
});

describe('A pod selector that was edited by hand', () => {
  const edited = (world: World, podSelector: LabelSelector) => {
    const [policy] = policiesOf(world, keyOfWorkload('db'));
    if (policy === undefined) throw new Error('no policy is live');
    world.put(applied({ ...policy, spec: { ...policy.spec, podSelector } }));
  };

  test.each([
    ['everything', {}],
    ['other pods', { matchLabels: { app: 'other' } }],
  ])('is put right in one write, be it %s', (_what, podSelector) => {
    const world = worldOf(namespace('false'), db);
    settle(world);
    const [good] = policiesOf(world, keyOfWorkload('db'));
    edited(world, podSelector);
    expect(changesOf(world, keyOfWorkload('db'))).toMatchObject([
      { type: 'update', policy: { spec: good?.spec } },
    ]);
    settle(world);
    expect(policiesOf(world, keyOfWorkload('db'))).toMatchObject([{ spec: good?.spec }]);
  });

  test('to everything takes the policy of an older selector away', () => {
    const world = worldOf(namespace('false'), db);
    settle(world);
    edited(world, {});
    world.put(workload('db', { app: 'db' }, { 'accepts-from': 'none', 'talks-to': 'none' }));
    settle(world);
    expect(policiesOf(world, keyOfWorkload('db')).map(({ spec }) => spec.podSelector)).toEqual([
      { matchLabels: { app: 'db' } },
    ]);
  });
});

describe('The guard before every write', () => {
  const wanted = (key: Key) => {
    const [policy] = compile(worldOf(namespace('true'), db), key).policies;
    if (policy === undefined) throw new Error('no policy is wanted');
    return policy;
  };

  test('lets the default-deny alone select every pod of its namespace', () => {
    expect(findAllowAll(wanted(namespaceKey))).toBeUndefined();
    const policy = wanted(keyOfWorkload('db'));
    expect(findAllowAll(policy)).toBeUndefined();
    for (const podSelector of [{}, { matchLabels: {} }, undefined]) {
      const spec = { ...policy.spec, ...(podSelector && { podSelector }) };
      if (podSelector === undefined) Reflect.deleteProperty(spec, 'podSelector');
      expect(findAllowAll({ ...policy, spec })).toContain('would select every pod');
    }
    const annotations = { ...policy.metadata.annotations, [exemptAnnotation]: exemptReason };
    const exempt = { ...policy, metadata: { ...policy.metadata, annotations } };
    expect(findAllowAll({ ...exempt, spec: { ...policy.spec, podSelector: {} } })).toBeDefined();
  });
});
