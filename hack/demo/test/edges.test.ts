import { describe, expect, test } from '@jest/globals';
import { compileAll } from '../../../src/core/compile/compile.ts';
import { defaultDenyName } from '../../../src/core/model/names.ts';
import type { PolicyRecord, WorldRecord } from '../../../src/core/model/records.ts';
import { defaultSettings } from '../../../src/core/model/settings.ts';
import { World } from '../../../src/core/world/world.ts';
import type { Change } from '../../../src/operator/watch/store.ts';
import { namespace, workload } from '../../../test/support/builders.ts';
import { guardEdges } from '../edges.ts';

/** A world whose every change is told. */
function watched() {
  const world = new World(defaultSettings);
  const looks = new Set<(change: Change<WorldRecord>) => void>();
  const put = (record: WorldRecord) => {
    world.put(record);
    for (const look of looks) look({ kind: 'apply', key: '', record });
  };
  const eachChange = (look: (change: Change<WorldRecord>) => void) => {
    looks.add(look);
    return () => looks.delete(look);
  };
  return { world, eachChange, put };
}

function livePolicies(world: World): PolicyRecord[] {
  return compileAll(world).flatMap(({ policies }) =>
    policies.map((policy): PolicyRecord => {
      const version = { uid: policy.metadata.name, resourceVersion: '1', applied: true };
      return { kind: 'NetworkPolicy', policy, ...version };
    }),
  );
}

/** The shop, in which web talks to cart, becomes default-deny; in which order is told. */
function switchOn(compare: (a: PolicyRecord, b: PolicyRecord) => number) {
  const observer = watched();
  const { world, put } = observer;
  put(namespace('shop'));
  put(workload('shop/web', { talksTo: 'cart' }));
  put(workload('shop/cart', { ports: [7070] }));
  livePolicies(world).forEach(put);
  const guarded = guardEdges(observer, ['shop']);
  put(namespace('shop', { deny: 'true' }));
  livePolicies(world).sort(compare).forEach(put);
  return guarded();
}

const isDeny = ({ policy }: PolicyRecord) => Number(policy.metadata.name === defaultDenyName);

describe('Edges that are guarded', () => {
  test('are not cut where the default-deny is written last', () => {
    expect(switchOn((a, b) => isDeny(a) - isDeny(b))).toEqual({ allowed: 1, cut: [] });
  });

  test('are told where they are cut on the way, though all is well in the end', () => {
    const cut = ['web.shop talks-to cart'];
    expect(switchOn((a, b) => isDeny(b) - isDeny(a))).toEqual({ allowed: 1, cut });
  });
});
