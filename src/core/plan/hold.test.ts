import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile/compile.ts';
import { keyOf } from '../model/identity.ts';
import { summaryAnnotation } from '../model/names.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord, WorkloadRecord } from '../model/records.ts';
import { defaultSettings } from '../model/settings.ts';
import { World } from '../world/world.ts';
import { type Change, policyOf } from './change.ts';
import { planKey } from './plan.ts';

const web: WorkloadRecord = {
  ...({ kind: 'Workload', uid: '1', hostNetwork: false } as const),
  ref: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
  selector: { matchLabels: { app: 'web' } },
  labels: { app: 'web' },
  ...{ ports: [], texts: {}, strays: [] },
};
const key = keyOf(web.ref);

function saying(acceptsFrom: string): World {
  const world = new World(defaultSettings);
  world.put({ ...web, texts: { 'appconnectivity.dev/accepts-from': acceptsFrom } });
  return world;
}

function compiled(world: World): NetworkPolicy {
  const [policy] = compile(world, key).policies;
  if (policy === undefined) throw new Error('no policy');
  return policy;
}

/** What is written while nothing may be lost, when `live` is live and `acceptsFrom` is wanted. */
function plannedOver(live: NetworkPolicy, acceptsFrom: string): readonly Change[] {
  const world = saying(acceptsFrom);
  const record: PolicyRecord = {
    ...({ kind: 'NetworkPolicy', policy: live, applied: true } as const),
    ...{ uid: '1', resourceVersion: '1' },
  };
  world.put(record);
  return planKey(world, key, compile(world, key).policies, { losses: true }).changes;
}

const summaryOf = ({ metadata }: NetworkPolicy) => metadata.annotations?.[summaryAnnotation];

describe('While nothing may be lost, a policy', () => {
  const before = compiled(saying('203.0.113.0/24'));

  test('that would lose a rule and gain another one gains it, and its summary tells both', () => {
    const changes = plannedOver(before, '198.51.100.0/24');
    expect(changes.map(({ type }) => type)).toEqual(['update']);
    const [policy] = changes.map(policyOf);
    if (policy === undefined) throw new Error('nothing is written');
    expect(summaryOf(policy)).toMatch(
      /accepts connections only from (198\.51\.100\.0\/24, 203\.0\.113\.0\/24|203\.0\.113\.0\/24, 198\.51\.100\.0\/24)/,
    );
    expect(plannedOver(policy, '198.51.100.0/24')).toEqual([]);
  });

  test('that would only lose something is left alone', () => {
    const both = compiled(saying('198.51.100.0/24, 203.0.113.0/24'));
    expect(plannedOver(both, '203.0.113.0/24')).toEqual([]);
  });
});
