import { defaultKinds, optionalKinds } from '../../../src/core/model/kinds.ts';
import type { RawObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { resourceOf } from '../../../src/operator/watched-kinds.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';

/** What makes pods by itself, and the ReplicaSet, which may. */
const kinds = [...defaultKinds, ...optionalKinds].filter(({ kind }) =>
  ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicaSet'].includes(kind),
);

/** How many pods the workloads of these namespaces want to have, on a cluster of one node. */
export async function wantedPods(
  { client }: Cluster,
  namespaces: readonly string[],
): Promise<number> {
  let count = 0;
  for (const kind of kinds) {
    const { items } = await client.list(resourceOf(kind), { limit: 0 });
    const wanting = items.filter(
      (each) => namespaces.includes(each.metadata.namespace ?? '') && !isOfDeployment(each),
    );
    for (const each of wanting) count += replicasOf(each);
  }
  return count;
}

function isOfDeployment({ metadata }: RawObject): boolean {
  const owners = (metadata.ownerReferences ?? []) as readonly { readonly kind: string }[];
  return owners.some(({ kind }) => kind === resources.deployments.kind);
}

function replicasOf({ spec }: RawObject): number {
  return (spec as { readonly replicas?: number }).replicas ?? 1;
}
