import { describe, expect, test } from '@jest/globals';
import type { NetworkPolicy, PolicySpec } from '../../../src/core/model/policy.ts';
import { type Comparison, compareIngress, type Named } from '../compare.ts';
import { describePorts } from '../ports.ts';

const [cart, shop, redis] = ['cart', 'shop', 'redis'].map(
  (name): Named => ({ name, in: (namespace) => ({ namespace, labels: { app: name } }) }),
) as [Named, Named, Named];

/** A policy about `app`, in the namespace of one of the sides. */
function policy(namespace: string, app: string, spec: PolicySpec): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: app, namespace },
    spec: { podSelector: { matchLabels: { app } }, ...spec },
  };
}

function admits(namespace: string, app: string, from: string, port?: number): NetworkPolicy {
  return policy(namespace, app, {
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: from } } }],
        ...(port !== undefined && { ports: [{ protocol: 'TCP', port }] }),
      },
    ],
  });
}

function compare(ours: NetworkPolicy[], theirs: NetworkPolicy[]): Comparison[] {
  const sides = [
    { namespace: 'a', policies: ours },
    { namespace: 'b', policies: theirs },
  ] as const;
  return compareIngress(...sides, [cart], [cart, shop, redis]);
}

/** In words, for one destination. */
function words([comparison]: Comparison[]) {
  return {
    same: comparison?.same.map(({ source, ports }) => `${source} ${describePorts(ports)}`),
    differences: comparison?.differences.map(
      ({ source, ours, theirs }) => `${source} ${describePorts(ours)} / ${describePorts(theirs)}`,
    ),
  };
}

describe('compareIngress', () => {
  test('finds no difference between equal policies of two namespaces', () => {
    const found = compare([admits('a', 'cart', 'shop', 7070)], [admits('b', 'cart', 'shop', 7070)]);
    expect(words(found)).toEqual({ same: ['shop 7070/tcp'], differences: [] });
  });

  test('leaves the egress of sources aside, on both sides', () => {
    const noEgress = policy('a', 'shop', { policyTypes: ['Ingress', 'Egress'], egress: [] });
    const found = compare(
      [
        admits('a', 'cart', 'shop', 7070),
        noEgress,
        policy('a', 'redis', { policyTypes: ['Egress'] }),
      ],
      [admits('b', 'cart', 'shop', 7070)],
    );
    expect(words(found)).toEqual({ same: ['shop 7070/tcp'], differences: [] });
  });

  test('shows who is let in on other ports', () => {
    const found = compare([admits('a', 'cart', 'shop', 7070)], [admits('b', 'cart', 'shop')]);
    expect(words(found)).toEqual({ same: [], differences: ['shop 7070/tcp / every port'] });
  });

  test('shows everyone whom an open side lets in', () => {
    const open = policy('b', 'cart', { policyTypes: ['Ingress'], ingress: [{}] });
    expect(words(compare([admits('a', 'cart', 'shop')], [open]))).toEqual({
      same: ['shop every port'],
      differences: ['redis no port / every port'],
    });
  });
});
