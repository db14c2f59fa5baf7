import { rollouts } from '../../../src/core/model/kinds.ts';
import { outsideKinds, resourceOf, type WatchedKind } from '../../../src/operator/watched-kinds.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';

/** The kinds that the operator reads and that an API server serves only once somebody's CRD is there. */
const kinds: readonly WatchedKind[] = [
  { resource: resourceOf(rollouts) },
  ...outsideKinds.filter(({ resource: { group } }) =>
    ['gateway.networking.k8s.io', 'monitoring.coreos.com'].includes(group),
  ),
];

/** As `kubectl get` takes them. */
export const definedKinds: readonly string[] = kinds.map(nameOf);

/** Lets the API server take these kinds, whatever their objects say: nothing else comes of them. */
export async function defineKinds(cluster: Cluster): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: kinds.map(definitionOf) };
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(list));
  const definitions = definedKinds.map((name) => `crd/${name}`);
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', ...definitions]);
}

function nameOf({ resource: { plural, group } }: WatchedKind): string {
  return `${plural}.${group}`;
}

function definitionOf(watched: WatchedKind) {
  const { group, version, plural, kind, namespaced } = watched.resource;
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const versions = [version, ...(watched.olderVersions ?? [])].map((name) => ({
    ...{ name, served: true, storage: name === version, schema: { openAPIV3Schema: schema } },
  }));
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: {
      name: nameOf(watched),
      // Names below k8s.io are given out.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      ...{ group, versions, scope: namespaced ? 'Namespaced' : 'Cluster' },
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    },
  };
}
