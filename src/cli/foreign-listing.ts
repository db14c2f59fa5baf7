import type { KubeClient } from '../kube/client.ts';
import { isNotFound, KubeError } from '../kube/errors.ts';
import { groupPath, type Resource } from '../kube/resources.ts';
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
  wide('projectcalico.org', 'v3', 'GlobalNetworkPolicy', 'globalnetworkpolicies'),
  wide('crd.antrea.io', 'v1beta1', 'NetworkPolicy', 'networkpolicies'),
  wide('crd.antrea.io', 'v1beta1', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
];

interface Discovery {
  readonly resources?: readonly { readonly name?: string }[];
}

/**
 * Policies of other APIs that a cluster has. They decide about connections, and nothing here judges
 * them. Whatever keeps them from being listed is said in a warning, and stops nothing else.
 */
export async function listForeignPolicies(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  host: Pick<Host, 'clock' | 'say'>,
): Promise<readonly ListedKind[]> {
  const read = await Promise.all(foreign.map((kind) => listForeign(client, kind, host)));
  const hidden = foreign.filter((_, index) => read[index] === 'hidden');
  if (hidden.length > 0) {
    const names = hidden.map(({ plural, group }) => `${plural}.${group}`).join(', ');
    host.say(`warning: other policies may decide as well, which cannot be listed: ${names}`);
  }
  return read.filter((each) => each !== 'hidden');
}

async function listForeign(
  client: Pick<KubeClient, 'list' | 'watch' | 'get'>,
  kind: Resource,
  host: Pick<Host, 'clock'>,
): Promise<ListedKind | 'hidden'> {
  try {
    // Who may not list a kind may not list one that is not there either: only discovery tells.
    const { resources = [] } = (await client.get(
      groupPath(kind),
      AbortSignal.timeout(5000),
    )) as Discovery;
    if (!resources.some(({ name }) => name === kind.plural)) return { kind, items: [] };
    const listed = await listKind(client, kind, host);
    return 'forbidden' in listed ? 'hidden' : listed;
  } catch (error) {
    if (isNotFound(error)) return { kind, items: [] };
    if (!(error instanceof KubeError)) throw error;
    return 'hidden';
  }
}

function wide(group: string, version: string, kind: string, plural: string): Resource {
  return { group, version, kind, plural, namespaced: false };
}
