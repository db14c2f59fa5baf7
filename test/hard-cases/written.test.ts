import { describe, expect, test } from '@jest/globals';
import { given, type Manifest, namespace, resource, workload } from './given.ts';

/** What a GitOps tool, Helm and people put on their objects. */
const theirs = {
  labels: {
    'app.kubernetes.io/instance': 'shop',
    'app.kubernetes.io/managed-by': 'Helm',
    team: 'a',
  },
  annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web', note: 'x' },
};

function tracked(manifest: Manifest): Manifest {
  const metadata = manifest.metadata as { labels?: object; annotations?: object };
  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...theirs.labels },
      annotations: { ...metadata.annotations, ...theirs.annotations },
    },
  };
}

const world = () =>
  given(
    [
      namespace('shop', { deny: 'true', talksTo: 'ns/shop' }),
      workload('shop/web', { talksTo: 'cart', acceptsFrom: 'none' }),
      workload('shop/cart'),
      resource('shop/tier', {
        selector: { matchLabels: { tier: 'x' } },
        acceptsFrom: [{ entity: 'Namespace' }],
      }),
    ].map(tracked),
  ).policies;

describe('Every policy that is written', () => {
  test('says policyTypes, ingress and egress, empty or not: what is left out could be filled by others', () => {
    const policies = world();
    expect(policies).toHaveLength(4);
    for (const { spec } of policies) {
      expect(Object.keys(spec).sort()).toEqual(['egress', 'ingress', 'podSelector', 'policyTypes']);
      expect(Array.isArray(spec.ingress) && Array.isArray(spec.egress)).toBe(true);
    }
  });

  test('copies nothing of users’ objects, and asks GitOps tools to leave it alone', () => {
    for (const { metadata } of world()) {
      expect(metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'appconnectivity' });
      const { annotations = {} } = metadata;
      const foreign = Object.keys(annotations).filter(
        (key) => !key.startsWith('appconnectivity.dev/'),
      );
      expect(foreign.sort()).toEqual([
        'argocd.argoproj.io/compare-options',
        'argocd.argoproj.io/sync-options',
      ]);
      expect(annotations).toMatchObject({
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
        'argocd.argoproj.io/sync-options': 'Prune=false',
      });
      expect(metadata).not.toHaveProperty('ownerReferences');
    }
  });

  test('has whom it is for in its name and in an annotation, and one line that says what it does', () => {
    const names = world().map(({ metadata }) => [
      metadata.annotations?.['appconnectivity.dev/identity'],
      metadata.name.replace(/-[a-z2-7]{8}$/, '-…'),
    ]);
    expect(Object.fromEntries(names)).toEqual({
      'Deployment/web': 'appconn-web-…',
      'Deployment/cart': 'appconn-cart-…',
      'AppConnectivity/tier': 'appconn-tier-…',
      'Namespace/shop': 'appconn-default-deny',
    });
    for (const { metadata } of world()) {
      expect(metadata.annotations?.['appconnectivity.dev/summary']).toMatch(/^[^\n]{10,}$/);
    }
  });

  test('follows from declarations only: nothing is read from the status of a resource', () => {
    const more = resource('shop/more', {
      workload: { kind: 'Deployment', name: 'web' },
      talksTo: [{ workload: { kind: 'Deployment', name: 'cart' } }],
    });
    const shop = [namespace('shop'), workload('shop/web'), workload('shop/cart')];
    const edge = { direction: 'Egress', peer: '@internet', state: 'Allowed' };
    const status = { observedGeneration: 9, isolation: { egress: false }, edges: [edge] };
    expect(given([...shop, { ...more, status }]).policies).toEqual(given([...shop, more]).policies);
  });

  test('of a namespace that is default-deny has no rules at all, and selects every pod', () => {
    const deny = world().find(({ metadata }) => metadata.name === 'appconn-default-deny');
    expect(deny?.spec).toEqual({
      podSelector: {},
      ...{ policyTypes: ['Ingress', 'Egress'], ingress: [], egress: [] },
    });
  });
});
