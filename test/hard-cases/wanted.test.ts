import { describe, expect, test } from '@jest/globals';
import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import { drainingRecord } from '../../src/core/world/draining.ts';
import type { World } from '../../src/core/world/world.ts';
import { given, namespace, workload } from './given.ts';

const shop = [
  namespace('shop'),
  workload('shop/web', { talksTo: 'db' }),
  workload('shop/db', { acceptsFrom: 'api' }),
  workload('shop/api'),
];

function policyOfDb(policies: readonly NetworkPolicy[]): NetworkPolicy {
  const found = policies.find(({ metadata }) => metadata.name.startsWith('appconn-db'));
  if (found === undefined) throw new Error('db has no policy');
  return found;
}

function stateOf(world: World, text: string): string | undefined {
  const judged = compileAll(world).flatMap(({ edges }) => judgeEdges(world, edges));
  const state = judged.find(({ edge }) => edge.text === text)?.state;
  return state && `${state.state}/${state.reason.code}`;
}

describe('What is wanted of the other end', () => {
  test('is not taken for somebody else’s, whose object has its name', () => {
    const { policies } = given(shop);
    const first = policyOfDb(policies);
    const second = { ...first, metadata: { ...first.metadata, name: `${first.metadata.name}-2` } };
    const stranger = {
      ...first,
      metadata: { namespace: 'shop', name: first.metadata.name },
      spec: { podSelector: { matchLabels: { app: 'unrelated' } } },
    };
    const live = policies.map((policy) => (policy === first ? second : policy));
    const { states } = given(shop, { live, foreign: [stranger] });
    expect(states['web: db']).toBe('Refused/NotAccepted');
  });

  test('is what its policy says, while its workload is gone and its pods drain', () => {
    const { world, policies } = given(shop);
    const { name } = policyOfDb(policies).metadata;
    const live = world.state('shop')?.policies.get(name);
    const draining = live && drainingRecord({ ...live, remembers: true });
    if (draining === undefined) throw new Error('nothing drains');
    world.put(draining);
    expect(stateOf(world, 'db')).toBe('Refused/NotAccepted');
  });
});
