import { describe, expect, test } from '@jest/globals';
import { namespace, service, workload } from '../../test/support/builders.ts';
import { compile } from '../core/compile/compile.ts';
import { talksTo } from '../core/intent/keys.ts';
import { keyOf } from '../core/model/identity.ts';
import type { Labels } from '../core/model/labels.ts';
import { identityAnnotation, managedBy, managedByLabel } from '../core/model/names.ts';
import { rulesOf } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { defaultSettings } from '../core/model/settings.ts';
import { readObject } from '../core/record/read.ts';
import { World } from '../core/world/world.ts';
import { leave, recallDraining } from './drain.ts';

const cart = keyOf({ kind: 'Deployment', namespace: 'shop', name: 'cart' });

/** A live policy of ours for the pods of `web` with a label `v`, as the API server gives it. */
function policyOfWeb(name: string, v: string, creationTimestamp?: string): PolicyRecord {
  const read = readObject('networking.k8s.io/v1', 'NetworkPolicy', {
    metadata: {
      ...{ namespace: 'shop', name, uid: name, resourceVersion: '1', creationTimestamp },
      labels: { [managedByLabel]: managedBy },
      annotations: { [identityAnnotation]: 'Deployment/web' },
    },
    spec: { podSelector: { matchLabels: { app: 'web', v } }, policyTypes: ['Ingress'] },
  });
  return { ...(read as PolicyRecord), applied: true };
}

/** The pods of `web` that the policy of `cart` opens the way to after a start. */
function namedAfterStart(policies: readonly PolicyRecord[]): (Labels | undefined)[] {
  const world = new World(defaultSettings);
  world.load([namespace('shop'), workload('shop/cart', { talksTo: 'web' }), ...policies]);
  recallDraining(world);
  const peers = compile(world, cart).policies.flatMap((policy) =>
    rulesOf(policy).flatMap((rule) => rule.peers),
  );
  const labels = peers.map(({ podSelector }) => podSelector?.matchLabels);
  return labels.filter((each) => each?.app === 'web');
}

describe('a workload that was deleted while pods of two of its selectors drain', () => {
  const before = policyOfWeb('appconn-web-zzzzzzzz', '1', '2026-03-01T09:59:59Z');
  const last = policyOfWeb('appconn-web-aaaaaaaa', '2', '2026-03-01T10:00:00Z');
  const ofTheSecond = policyOfWeb('appconn-web-bbbbbbbb', '3', '2026-03-01T10:00:00Z');

  test('is named by its last selector after a restart, whichever policy is listed first', () => {
    expect(namedAfterStart([before, last])).toEqual([{ app: 'web', v: '2' }]);
    expect(namedAfterStart([last, before])).toEqual([{ app: 'web', v: '2' }]);
  });

  test('is named by one of those of the same second, always the same', () => {
    expect(namedAfterStart([last, ofTheSecond])).toEqual([{ app: 'web', v: '3' }]);
    expect(namedAfterStart([ofTheSecond, last, before])).toEqual([{ app: 'web', v: '3' }]);
  });

  test('is named by its policy of known age before those of none', () => {
    const unknown = policyOfWeb('appconn-web-zzzzzzzz', '4');
    expect(namedAfterStart([last, unknown])).toEqual([{ app: 'web', v: '2' }]);
  });
});

test('A key of ours on a Service is told by the Namespace once the only workload behind it is gone, while its pods drain', () => {
  const world = new World(defaultSettings);
  const strays = [{ key: talksTo, path: ['metadata', 'annotations', talksTo] }];
  const web = workload('shop/web');
  world.load([namespace('shop'), web, service('shop/web', [], { strays })]);
  const shop = keyOf({ kind: 'Namespace', namespace: '', name: 'shop' });
  expect(compile(world, shop).findings).toEqual([]);
  expect([...leave(world, web)]).toContain(shop);
  expect(compile(world, shop).findings).toMatchObject([{ code: 'MisplacedKey' }]);
});
