import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LabelSelector, selects } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { policySet } from './policy-set.ts';

function policy(name: string, podSelector: LabelSelector, namespace = 'shop'): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name },
    spec: { podSelector },
  };
}

function find(
  policies: readonly NetworkPolicy[],
  labels: Record<string, string>,
  namespace = 'shop',
) {
  return [...policySet(new Map(), policies).policiesIn(namespace, labels)].map(
    ({ metadata }) => metadata.name,
  );
}

test('a pod finds the policies that name its labels and those that select all', () => {
  const policies = [policy('web', { matchLabels: { app: 'web' } }), policy('all', {})];
  expect(find(policies, { app: 'web' }).sort()).toEqual(['all', 'web']);
  expect(find(policies, { app: 'api' })).toEqual(['all']);
  expect(find(policies, { app: 'web' }, 'data')).toEqual([]);
});

test('a label that all selectors share does not make a pod find them all', () => {
  const apps = ['a', 'b', 'c', 'd'];
  const policies = apps.map((app) => policy(app, { matchLabels: { 'part-of': 'shop', app } }));
  expect(find(policies, { 'part-of': 'shop', app: 'c' })).toEqual(['c']);
});

test('a policy for one of several values is found once by each of them', () => {
  const among = [{ key: 'app', operator: 'In', values: ['a', 'b', 'a'] }] as const;
  const policies = [policy('ab', { matchExpressions: among })];
  expect(find(policies, { app: 'a' })).toEqual(['ab']);
  expect(find(policies, { app: 'b' })).toEqual(['ab']);
  expect(find(policies, { app: 'c' })).toEqual([]);
});

test('an In without values selects nothing and finds nothing', () => {
  const never = [{ key: 'app', operator: 'In', values: [] }] as const;
  expect(find([policy('never', { matchExpressions: never })], { app: 'a' })).toEqual([]);
});

test('the labels of a namespace come back as they were given', () => {
  const source = policySet(new Map([['shop', { team: 'a' }]]), []);
  expect(source.namespaceLabels('shop')).toEqual({ team: 'a' });
  expect(source.namespaceLabels('data')).toBeUndefined();
});

const key = fc.constantFrom('app', 'tier', 'env');
const value = fc.constantFrom('a', 'b', '');
const labels = fc.dictionary(key, value, { maxKeys: 3 });
const requirement = fc.record({
  key,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(value, { maxLength: 3 }),
});
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 2 }) },
  { requiredKeys: [] },
);

test('no policy that selects a pod is ever missed, and none is found twice', () => {
  fc.assert(
    fc.property(fc.array(selector), labels, (selectors, pod) => {
      const policies = selectors.map((podSelector, index) => policy(`p${index}`, podSelector));
      const found = find(policies, pod);
      const wanted = policies.filter(({ spec }) => selects(spec.podSelector ?? {}, pod));
      expect(found).toEqual(expect.arrayContaining(wanted.map(({ metadata }) => metadata.name)));
      expect(new Set(found).size).toBe(found.length);
    }),
  );
});
