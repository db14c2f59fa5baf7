import type { KubeClient } from '../kube/client.ts';
import type { Resource } from '../kube/resources.ts';
import type { Host } from './host.ts';
import { type ListedKind, listKind } from './read-cluster.ts';

/** Kinds by which the usual network plugins, and Kubernetes' own working group, decide as well. */
const foreign: readonly Resource[] = [
  ...[wide('policy.networking.k8s.io', 'v1alpha1', 'AdminNetworkPolicy', 'adminnetworkpolicies')],
  wide(
    'policy.networking.k8s.io',
    'v1alpha1',
    'BaselineAdminNetworkPolicy',
    'baselineadminnetworkpolicies',
  ),
  wide('policy.networking.k8s.io', 'v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
  wide('cilium.io', 'v2', 'CiliumNetworkPolicy', 'ciliumnetworkpolicies'),
  wide('cilium.io', 'v2', 'CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies'),
  wide('crd.projectcalico.org', 'v1', 'NetworkPolicy', 'networkpolicies'),
  wide('crd.projectcalico.org', 'v1', 'GlobalNetworkPolicy', 'globalnetworkpolicies'),
  wide('crd.antrea.io', 'v1beta1', 'NetworkPolicy', 'networkpolicies'),
  wide('crd.antrea.io', 'v1beta1', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
];

interface Discovery {
  readonly groups?: readonly {
    readonly name?: string;
    readonly versions?: readonly { readonly version?: string }[];
  }[];
}

/**
 * Policies of other APIs that a cluster has. They decide about connections, and nothing here judges
 * them. Those that may not be listed are named in a warning. Rejects with a KubeError.
 */
export async function listForeignPolicies(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  host: Pick<Host, 'clock' | 'say'>,
): Promise<readonly ListedKind[]> {
  const { groups = [] } = (await client.get('/apis', new AbortController().signal)) as Discovery;
  // What is not served may not be listed by many either: only discovery tells the two apart.
  const served = foreign.filter(({ group, version }) =>
    groups.some(
      ({ name, versions = [] }) =>
        name === group && versions.some((each) => each.version === version),
    ),
  );
  const read = await Promise.all(served.map((kind) => listKind(client, kind, host)));
  const hidden = served.filter((_, index) => 'forbidden' in (read[index] ?? {}));
  if (hidden.length > 0) {
    const names = hidden.map(({ plural, group }) => `${plural}.${group}`).join(', ');
    host.say(`warning: other policies may decide as well: these credentials may not list ${names}`);
  }
  return read.flatMap((each) => ('forbidden' in each ? [] : [each]));
}

function wide(group: string, version: string, kind: string, plural: string): Resource {
  return { group, version, kind, plural, namespaced: false };
}
