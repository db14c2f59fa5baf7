import { describe, expect, test } from '@jest/globals';
import { applied } from '../../../test/support/writes.ts';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import { bridgeAnnotation, exemptAnnotation } from '../model/names.ts';
import { isExempt } from '../model/policy.ts';
import type { NamespaceRecord, WorkloadRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { isExemptFromBreaker } from '../world/subjects.ts';
import { World } from '../world/world.ts';
import type { Change } from './change.ts';
import { findAllowAll } from './guard.ts';
import { planKey } from './plan.ts';

const key = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'web' });
const namespaceKey = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });

function workload(mode?: string): WorkloadRecord {
  return {
    kind: 'Workload',
    ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
    uid: '1',
    selector: { matchLabels: { app: 'web' } },
    labels: { app: 'web' },
    ports: [],
    hostNetwork: false,
    texts: {
      'appconnectivity.dev/talks-to': 'none',
      ...(mode !== undefined && { 'appconnectivity.dev/mode': mode }),
    },
    strays: [],
  };
}

function namespace(deny: string, mode = 'enforce', terminating = false): NamespaceRecord {
  const labels = { 'appconnectivity.dev/default-deny': deny, 'appconnectivity.dev/mode': mode };
  return { kind: 'Namespace', name: 'shop', uid: '', labels, texts: {}, terminating };
}

function worldOf(...records: Parameters<World['put']>[0][]): World {
  const world = new World(defaultSettings);
  for (const record of records) world.put(record);
  return world;
}

const plan = (world: World, of = key) => planKey(world, of, compile(world, of).policies);
const types = (world: World, of = key) => plan(world, of).changes.map(({ type }) => type);

/** Takes the writes into the world, as their answers come. */
function perform(world: World, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.type === 'delete') world.remove(change.live);
    else {
      expect(findAllowAll(change.policy)).toBeUndefined();
      world.put(applied(change.policy));
    }
  }
}

/** Runs both keys until nothing is left to write; gives the writes in their order. */
function settle(world: World): string[] {
  const writes: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (const each of [key, namespaceKey]) {
      const { changes } = plan(world, each);
      writes.push(...changes.map(({ type }) => `${type} ${each}`));
      perform(world, changes);
    }
  }
  return writes;
}

const policyOf = (world: World) => [...(world.state('shop')?.policiesFor(key) ?? [])][0]?.policy;

describe('Into audit and back', () => {
  test('of a namespace: the default-deny goes first, and comes last', () => {
    const world = worldOf(namespace('true'), workload());
    settle(world);
    world.put(namespace('true', 'audit'));
    expect(settle(world)).toEqual([`delete ${namespaceKey}`, `delete ${key}`]);
    world.put(namespace('true'));
    expect(settle(world)).toEqual([`create ${key}`, `create ${namespaceKey}`]);
  });

  test('of a workload under default-deny: its policy is replaced in one write, never missing', () => {
    const world = worldOf(namespace('ingress'), workload());
    settle(world);
    world.put(workload('audit'));
    expect(settle(world)).toEqual([`update ${key}`]);
    expect(policyOf(world)?.spec).toMatchObject({ policyTypes: ['Ingress'], ingress: [{}] });
    world.put(workload());
    expect(settle(world)).toEqual([`update ${key}`]);
    expect(policyOf(world)?.spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [],
    });
  });

  test('of a workload without default-deny: its policy goes', () => {
    const world = worldOf(namespace('false'), workload());
    settle(world);
    world.put(workload('audit'));
    expect(settle(world)).toEqual([`delete ${key}`]);
  });

  test('old rules that allow everything keep their mark until the default-deny has changed', () => {
    const world = worldOf(namespace('ingress'), workload('audit'));
    settle(world);
    world.put(namespace('egress'));
    world.put(workload());
    perform(world, plan(world).changes);
    const between = policyOf(world);
    expect(between?.metadata.annotations?.[bridgeAnnotation]).toBe('Ingress');
    expect(between?.spec).toEqual({
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress', 'Egress'],
      ...{ ingress: [{}], egress: [] },
    });
    settle(world);
    const after = policyOf(world);
    expect(after && isExempt(after)).toBe(false);
    expect(after?.spec).toMatchObject({ policyTypes: ['Egress'], ingress: [], egress: [] });
  });
});

describe('A typo in the label of the mode', () => {
  test('takes nothing away, nor does a default-deny that is deleted under it', () => {
    const world = worldOf(namespace('false'), workload());
    settle(world);
    world.put(namespace('true', 'Enforce'));
    expect(settle(world)).toEqual([`update ${key}`, `create ${namespaceKey}`]);
    const [deny] = world.state('shop')?.policiesFor(namespaceKey) ?? [];
    if (deny !== undefined) world.remove(deny);
    expect(settle(world)).toEqual([`create ${namespaceKey}`]);
  });

  test('is no reason to lose anything unasked, unlike a valid value or the settings', () => {
    const exempt = (mode: string | undefined, settings = {}, own?: string) => {
      const world = new World({ ...defaultSettings, ...settings });
      world.put(namespace('true', mode));
      world.put(workload(own));
      return [key, namespaceKey].map((each) => isExemptFromBreaker(world, each));
    };
    const cluster = { mode: 'audit' };
    expect(exempt('Audit', cluster)).toEqual([false, false]);
    expect(exempt('Audit', cluster, 'audit')).toEqual([true, false]);
    expect(exempt('audit')).toEqual([true, true]);
    expect(exempt('Audit', { ...cluster, labels: { mode: false } })).toEqual([true, true]);
    expect(exempt('enforce', cluster)).toEqual([false, false]);
  });

  test('a policy that we write or delete wakes the whole namespace where it decides the mode', () => {
    const other = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'api' });
    const world = new World({ ...defaultSettings, mode: 'audit' });
    const { ref, ...rest } = workload();
    for (const record of [namespace('false', 'Enforce'), workload()]) world.put(record);
    world.put({ ...rest, ref: { ...ref, name: 'api' } });
    expect(compile(world, key).policies).toEqual([]);
    const [policy] = compile(world, key).wouldBe;
    if (policy === undefined) throw new Error('nothing would be');
    expect(world.takeWritten(applied(policy), true)).toContain(other);
    expect(compile(world, other).policies).toHaveLength(1);
    expect(world.takeWritten(applied(policy), true)).not.toContain(other);
    expect(world.remove(applied(policy))).toContain(other);
  });
});

describe('A namespace that is being deleted', () => {
  test('gets no write: its own deletion takes the policies with it', () => {
    const world = worldOf(namespace('true'), workload());
    settle(world);
    world.put(namespace('false', 'enforce', true));
    expect([...types(world), ...types(world, namespaceKey)]).toEqual([]);
    world.put(namespace('false'));
    expect(types(world, namespaceKey)).toEqual(['delete']);
  });
});

describe('The guard before every write', () => {
  const exempt = () => {
    const [policy] = compile(worldOf(namespace('true'), workload('audit')), key).policies;
    if (policy === undefined) throw new Error('no policy is wanted');
    return policy;
  };

  test('lets a policy that is marked as exempt allow everything', () => {
    expect(exempt().spec).toMatchObject({ ingress: [{}], egress: [{}] });
    expect(findAllowAll(exempt())).toBeUndefined();
  });

  test.each([
    ['without the mark', { annotations: {} }, {}],
    ['with another mark', { annotations: { [exemptAnnotation]: 'yes' } }, {}],
    ['with ports', {}, { ingress: [{ ports: [{ port: 80 }] }] }],
    ['with an empty list of peers', {}, { ingress: [{ from: [] }] }],
    ['beside another rule', {}, { ingress: [{}, { from: [{ podSelector: {} }] }] }],
    ['for a peer that names nobody', {}, { egress: [{ to: [{}] }] }],
    ['for every pod of the namespace', {}, { podSelector: {} }],
  ])('refuses such a rule %s', (_what, metadata, spec) => {
    const policy = exempt();
    const changed = {
      ...policy,
      metadata: { ...policy.metadata, ...metadata },
      spec: { ...policy.spec, ...spec },
    };
    expect(findAllowAll(changed)).toContain('would admit everyone');
  });
});
