import { expect, test } from '@jest/globals';
import { resource } from '../../../test/support/builders.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { defaultSettings } from '../model/settings.ts';
import { judgedWithPolicy } from './judged.ts';
import { World } from './world.ts';

test('a policy that selects the pods of a resource without workloads has the resource judged again', () => {
  const world = new World(defaultSettings);
  const selector = { matchLabels: { made: 'elsewhere' } };
  world.put(resource('shop/one', { selector, talksTo: [{ namespace: { name: 'billing' } }] }));
  const selecting = (podSelector: object): NetworkPolicy => ({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: 'shop', name: 'lockdown' },
    spec: { podSelector, policyTypes: ['Egress'] },
  });
  const judged = (podSelector: object) => [...judgedWithPolicy(world, selecting(podSelector))];
  expect(judged({})).toEqual(['AppConnectivity/shop/one']);
  expect(judged(selector)).toEqual(['AppConnectivity/shop/one']);
  expect(judged({ matchLabels: { made: 'here' } })).toEqual([]);
});
