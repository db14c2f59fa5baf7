import { describe, expect, test } from '@jest/globals';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import { diffPolicies, type PolicySummary, summarizeChange } from './policies.ts';

const cart = { podSelector: { matchLabels: { app: 'cart' } } };
const web = { podSelector: { matchLabels: { app: 'web' } } };
const port = (number: number) => ({ protocol: 'TCP', port: number }) as const;

function policy(name: string, spec: PolicySpec, annotations = {}): NetworkPolicy {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: 'shop', name, annotations },
    spec: { podSelector: { matchLabels: { app: 'api' } }, ...spec },
  };
}

const nothing: PolicySummary = {
  ...{ isolates: [], isolatesNoMore: [], selector: false },
  ...{ peers: { added: 0, removed: 0 }, ports: { added: 0, removed: 0 } },
};

function summary(before: PolicySpec | undefined, after: PolicySpec | undefined): PolicySummary {
  const sets = {
    before: before === undefined ? [] : [policy('api', before)],
    after: after === undefined ? [] : [policy('api', after)],
  };
  const [change, ...more] = diffPolicies(sets);
  expect(more).toEqual([]);
  return change === undefined ? nothing : summarizeChange(change);
}

describe('The policies that change', () => {
  test('are told by namespace and name: created, updated, deleted', () => {
    const sets = {
      before: [policy('b', { policyTypes: ['Ingress'] }), policy('c', {}), policy('d', {})],
      after: [policy('d', {}), policy('b', { policyTypes: ['Egress'] }), policy('a', {})],
    };
    const told = diffPolicies(sets).map(
      ({ action, before, after }) => `${action} ${(before ?? after)?.metadata.name}`,
    );
    expect(told).toEqual(['create a', 'update b', 'delete c']);
  });

  test('are none where only the form differs in which the server stores them', () => {
    const sent: PolicySpec = {
      policyTypes: ['Ingress', 'Egress'],
      ...{ ingress: [], egress: [{ to: [cart], ports: [{ port: 80 }] }] },
    };
    const stored: PolicySpec = {
      policyTypes: ['Egress', 'Ingress'],
      egress: [{ ports: [{ port: 80, protocol: 'TCP' }], to: [cart] }],
    };
    expect(diffPolicies({ before: [policy('a', stored)], after: [policy('a', sent)] })).toEqual([]);
  });

  test('are told of, too, where only an annotation differs', () => {
    const sets = { before: [policy('a', {}, { by: 'x' })], after: [policy('a', {}, { by: 'y' })] };
    const changes = diffPolicies(sets);
    expect(changes.map(summarizeChange)).toEqual([nothing]);
  });
});

describe('What changes in a policy', () => {
  test('is counted by peers that come and go, whatever rule they stand in', () => {
    const before: PolicySpec = {
      policyTypes: ['Egress'],
      egress: [{ to: [cart], ports: [port(80)] }],
    };
    const after: PolicySpec = {
      policyTypes: ['Egress'],
      egress: [
        { to: [web, { ipBlock: { cidr: '203.0.113.0/24' } }] },
        { to: [cart], ports: [port(80)] },
      ],
    };
    expect(summary(before, after)).toEqual({ ...nothing, peers: { added: 2, removed: 0 } });
    expect(summary(after, before)).toEqual({ ...nothing, peers: { added: 0, removed: 2 } });
  });

  test('is counted by ports for peers that stay, even where two swap them', () => {
    const before: PolicySpec = {
      policyTypes: ['Ingress'],
      ingress: [
        { from: [cart], ports: [port(80)] },
        { from: [web], ports: [port(443)] },
      ],
    };
    const after: PolicySpec = {
      policyTypes: ['Ingress'],
      ingress: [
        { from: [cart], ports: [port(443)] },
        { from: [web], ports: [port(80)] },
      ],
    };
    expect(summary(before, after)).toEqual({ ...nothing, ports: { added: 2, removed: 2 } });
  });

  test('are directions, as the API reads them where policyTypes are missing', () => {
    expect(summary({}, { policyTypes: ['Ingress', 'Egress'] })).toEqual({
      ...nothing,
      isolates: ['Egress'],
    });
    expect(summary({ egress: [{ to: [cart] }] }, undefined)).toEqual({
      ...nothing,
      ...{ isolatesNoMore: ['Ingress', 'Egress'], peers: { added: 0, removed: 1 } },
    });
  });

  test('is the selector, where other pods are meant', () => {
    expect(summary({}, { podSelector: {} })).toEqual({ ...nothing, selector: true });
  });
});
