import { defaultKinds } from '../../../src/core/model/kinds.ts';
import type { Resource } from '../../../src/kube/resources.ts';
import { watchedKinds } from '../../../src/operator/watched-kinds.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './wait.ts';

/** Groups that a server without any CRD but ours does not have. */
const groups: ReadonlySet<string> = new Set([
  ...['argoproj.io', 'gateway.networking.k8s.io', 'monitoring.coreos.com'],
]);

/** The kinds of others that the operator watches where they are installed. */
export const otherKinds: readonly Resource[] = watchedKinds(defaultKinds).flatMap(({ resource }) =>
  groups.has(resource.group) ? [resource] : [],
);

/** A CRD as small as it can be, which takes anything. */
export function crdOf({ group, version, plural, kind, namespaced }: Resource) {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      ...{ group, scope: namespaced ? 'Namespaced' : 'Cluster' },
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: schema } },
      ],
    },
  };
}

/** Installs such CRDs, and waits until the kinds are served. */
export async function serve(cluster: Cluster, kinds: readonly Resource[]): Promise<void> {
  const items = kinds.map(crdOf);
  const list = { apiVersion: 'v1', kind: 'List', items };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(list));
  for (const kind of kinds) await eventually(() => cluster.client.list(kind));
}
