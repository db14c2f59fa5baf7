import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { NamespaceRecord, PolicyRecord, WorkloadRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { policyOf } from './change.ts';
import { saysTheSame } from './compare.ts';
import { findAllowAll } from './guard.ts';
import { listUnwritten, planKey } from './plan.ts';

const key = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const namespaceKey = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });

function workload(acceptsFrom?: string, app = 'web'): WorkloadRecord {
  return {
    kind: 'Workload',
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    uid: '1',
    selector: { matchLabels: { app } },
    labels: { app },
    ports: [],
    hostNetwork: false,
    texts: acceptsFrom === undefined ? {} : { 'appconnectivity.dev/accepts-from': acceptsFrom },
    strays: [],
  };
}

function workload2(name: string): WorkloadRecord {
  const base = workload(undefined, name);
  return { ...base, ref: { ...base.ref, name } };
}

function namespace(deny?: string): NamespaceRecord {
  const labels = deny === undefined ? {} : { 'appconnectivity.dev/default-deny': deny };
  return { kind: 'Namespace', name: 'shop', uid: '', labels, texts: {}, terminating: false };
}

function live(policy: NetworkPolicy, applied = true): PolicyRecord {
  return { kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', applied };
}

function worldOf(...records: Parameters<World['put']>[0][]): World {
  const world = new World(defaultSettings);
  for (const record of records) world.put(record);
  return world;
}

const plan = (world: World, of = key) => planKey(world, of, compile(world, of).policies);
const types = (world: World, of = key) => plan(world, of).changes.map(({ type }) => type);
const wanted = (world: World, of = key) => {
  const [policy] = compile(world, of).policies;
  if (policy === undefined) throw new Error('no policy is wanted');
  return policy;
};

describe('What is written', () => {
  test('a missing policy is created, the same one is left alone, another one is updated', () => {
    const world = worldOf(namespace(), workload('none'));
    expect(types(world)).toEqual(['create']);
    const policy = wanted(world);
    world.put(live(policy));
    expect(types(world)).toEqual([]);
    world.put(live({ ...policy, spec: { ...policy.spec, ingress: [{}] } }));
    expect(types(world)).toEqual(['update']);
  });

  test('the server’s way of storing a policy is no difference; a lost label is', () => {
    const policy = wanted(worldOf(namespace(), workload('none')));
    const { ingress, egress, ...stored } = policy.spec;
    expect([ingress, egress]).not.toContain(undefined);
    const metadata = {
      ...policy.metadata,
      annotations: { ...policy.metadata.annotations, more: 'x' },
    };
    expect(
      saysTheSame({ ...policy, metadata, spec: { ...stored, ingress: ingress ?? [] } }, policy),
    ).toBe(true);
    expect(saysTheSame({ ...policy, metadata: { ...metadata, labels: {} } }, policy)).toBe(false);
    expect(saysTheSame({ ...policy, spec: { ...policy.spec, egress: [{}] } }, policy)).toBe(false);
  });

  test('somebody else’s policy of our name is never written over: ours goes beside it', () => {
    const world = worldOf(namespace(), workload('none'));
    const theirs = live(wanted(world), false);
    world.put(theirs);
    const { changes, findings } = plan(world);
    const [beside] = changes.map(policyOf);
    expect(changes.map(({ type }) => type)).toEqual(['create']);
    expect(beside?.metadata.name).not.toBe(theirs.policy.metadata.name);
    expect(beside?.spec).toEqual(theirs.policy.spec);
    expect(findings.map(({ code }) => code)).toEqual(['NameConflict']);
    if (beside !== undefined) world.put(live(beside));
    expect(plan(world).changes).toEqual([]);
    world.remove(theirs);
    expect(types(world)).toEqual(['create']);
    world.put(live(theirs.policy));
    expect(plan(world).changes).toMatchObject([{ type: 'delete', live: { policy: beside } }]);
  });

  test('a withdrawn declaration takes its policy along; other people’s policies stay', () => {
    const world = worldOf(namespace(), workload('none'));
    const policy = wanted(world);
    world.put(live(policy));
    world.put(live({ ...policy, metadata: { ...policy.metadata, name: 'copied' } }, false));
    world.put(workload());
    expect(plan(world).changes).toMatchObject([
      {
        type: 'delete',
        whenPodsAreGone: false,
        live: { policy: { metadata: { name: policy.metadata.name } } },
      },
    ]);
  });

  test('the policy of a workload that is gone, or selects other pods, waits for its pods to go', () => {
    const world = worldOf(namespace(), workload('none'));
    world.put(live(wanted(world)));
    world.put(workload('none', 'web2'));
    expect(plan(world).changes).toMatchObject([
      { type: 'create' },
      { type: 'delete', whenPodsAreGone: true },
    ]);
    world.remove(workload('none', 'web2'));
    expect(plan(world).changes).toMatchObject([{ type: 'delete', whenPodsAreGone: true }]);
  });
});

describe('While pods drain', () => {
  test('the policy of an older selector has the present word: withdrawn access never stays', () => {
    const world = worldOf(namespace(), workload('other'), workload2('other'));
    world.put(live(wanted(world)));
    world.put({ ...workload('none'), selector: { matchLabels: { app: 'web', tier: 'x' } } });
    const changes = plan(world).changes;
    expect(changes.map(({ type }) => type)).toEqual(['create', 'update', 'delete']);
    expect(changes[1]).toMatchObject({
      policy: { spec: { podSelector: { matchLabels: { app: 'web' } }, ingress: [] } },
    });
    expect(changes[2]).toMatchObject({ whenPodsAreGone: true });
  });

  test('the policy of an older selector loses a direction in two steps as well', () => {
    const world = worldOf(namespace('ingress'), workload());
    const before = wanted(world);
    world.put(live(before));
    world.put(live(wanted(world, namespaceKey)));
    world.put(namespace('egress'));
    world.put({ ...workload(), selector: { matchLabels: { app: 'web', tier: 'x' } } });
    const { changes, held } = plan(world);
    expect(held).toBe(true);
    expect(changes.find(({ type }) => type === 'update')).toMatchObject({
      policy: { spec: { policyTypes: ['Ingress', 'Egress'], ingress: before.spec.ingress } },
    });
  });

  test('a workload that says nothing any more keeps no policy of an older selector', () => {
    const world = worldOf(namespace(), workload('none'));
    world.put(live(wanted(world)));
    world.put(workload(undefined, 'web2'));
    expect(plan(world).changes).toMatchObject([{ type: 'delete', whenPodsAreGone: false }]);
  });

  test('a workload of another kind that took over the selector takes over the word, once it is live', () => {
    const world = worldOf(namespace(), workload('none'));
    world.put(live(wanted(world)));
    const heir: WorkloadRecord = {
      ...workload('none'),
      ref: { group: 'apps', kind: 'StatefulSet', namespace: 'shop', name: 'web' },
    };
    world.remove(workload('none'));
    world.put(heir);
    expect(plan(world).changes).toMatchObject([{ type: 'delete', whenPodsAreGone: true }]);
    const heirKey = keyOf(heir.ref);
    world.put(live(wanted(world, heirKey)));
    expect(plan(world).changes).toMatchObject([{ type: 'delete', whenPodsAreGone: false }]);
  });
});

describe('The order of writes in a namespace', () => {
  test('the default-deny goes in only when every workload has its policy', () => {
    const world = worldOf(namespace('true'), workload());
    expect(listUnwritten(world, 'shop')).toEqual([key]);
    world.put(live(wanted(world)));
    expect(listUnwritten(world, 'shop')).toEqual([]);
    expect(types(world, namespaceKey)).toEqual(['create']);
  });

  test('a workload’s policy is deleted only when the default-deny has gone', () => {
    const world = worldOf(namespace('true'), workload());
    const deny = live(wanted(world, namespaceKey));
    world.put(live(wanted(world)));
    world.put(deny);
    world.put(namespace());
    expect(plan(world)).toMatchObject({ changes: [], held: true });
    expect(types(world, namespaceKey)).toEqual(['delete']);
    world.remove(deny);
    expect(types(world)).toEqual(['delete']);
  });

  test('beside somebody else’s default-deny there is one of ours under another name', () => {
    const world = worldOf(namespace('true'), workload());
    world.put(live(wanted(world, namespaceKey), false));
    world.put(live(wanted(world)));
    const [beside] = plan(world, namespaceKey).changes.map(policyOf);
    expect(beside?.metadata.name).toMatch(/^appconn-default-deny-[a-z2-7]{8}$/);
    world.put(namespace());
    expect(plan(world)).toMatchObject({ held: false, changes: [{ type: 'delete' }] });
  });

  test('a direction is lost in two steps: its rules stay until the default-deny has changed', () => {
    const world = worldOf(namespace('ingress'), workload());
    const before = wanted(world);
    world.put(live(before));
    world.put(live(wanted(world, namespaceKey)));
    world.put(namespace('egress'));
    const { changes, held } = plan(world);
    expect(held).toBe(true);
    expect(changes).toMatchObject([
      {
        type: 'update',
        policy: { spec: { policyTypes: ['Ingress', 'Egress'], ingress: before.spec.ingress } },
      },
    ]);
    world.put(live(wanted(world, namespaceKey)));
    expect(plan(world)).toMatchObject({
      held: false,
      changes: [{ type: 'update', policy: { spec: { policyTypes: ['Egress'], ingress: [] } } }],
    });
  });
});

describe('The guard before every write', () => {
  test.each([
    ['a rule without peers', { ingress: [{}] }],
    ['a rule with no peer', { ingress: [{ from: [] }] }],
    ['a peer that names nothing', { egress: [{ to: [{}] }] }],
    ['ports for everyone', { egress: [{ ports: [{ protocol: 'TCP', port: 80 }] }] }],
  ] as const)('refuses %s', (_what, rules) => {
    const policy = wanted(worldOf(namespace(), workload('none')));
    expect(findAllowAll({ ...policy, spec: { ...policy.spec, ...rules } })).toContain(
      'would admit everyone',
    );
    expect(findAllowAll(policy)).toBeUndefined();
  });
});
