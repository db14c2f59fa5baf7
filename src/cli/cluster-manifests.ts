import { type KindOfWorkload, kubernetesKinds } from '../core/model/kinds.ts';
import { apiVersionOf, type Resource, resources } from '../kube/resources.ts';
import { outsideKinds, resourceOf, type WatchedKind } from '../operator/watched-kinds.ts';
import { type Config, settingsOf } from '../settings.ts';
import { withCluster } from './connect.ts';
import { listForeignPolicies } from './foreign-listing.ts';
import type { Host } from './host.ts';
import type { Manifest } from './manifests.ts';
import { listKinds } from './read-cluster.ts';

const ofConnections: readonly Resource[] = [
  ...[resources.namespaces, resources.services, resources.networkPolicies],
];

const ofIntent: readonly Resource[] = [
  ...[resources.appConnectivities, resources.nodes, resources.serviceCidrs],
];

/** What says something about connections, the kinds of pods that are no workloads here with it. */
function kindsRead(workloads: readonly KindOfWorkload[], withIntent: boolean): WatchedKind[] {
  const isKnown = ({ group, kind }: KindOfWorkload) =>
    kubernetesKinds.some((each) => each.group === group && each.kind === kind);
  const makers = [...kubernetesKinds, ...workloads.filter((each) => !isKnown(each))];
  const all = [...ofConnections, ...makers.map(resourceOf), ...(withIntent ? ofIntent : [])];
  return [...all.map((resource) => ({ resource })), ...(withIntent ? outsideKinds : [])];
}

/**
 * The objects of the cluster that say something about connections, as manifests that have no place.
 * Throws UsageError where a kind may not be listed; rejects with a KubeError.
 */
export async function readManifestsOfCluster(
  config: Config,
  host: Host,
  withIntent: boolean,
): Promise<Manifest[]> {
  const kinds = kindsRead(settingsOf(config).workloadKinds, withIntent);
  host.progress('reading the cluster');
  const listed = await withCluster(config, host, async (client) => [
    ...(await listKinds(client, kinds, host)),
    ...(await listForeignPolicies(client, host)),
  ]);
  return listed.flatMap(({ kind: resource, items }) =>
    items.map((value): Manifest => {
      const { namespace, name } = value.metadata;
      const place = [resource.kind, ...(namespace ? [namespace] : []), name].join('/');
      return {
        ...{ apiVersion: apiVersionOf(resource), kind: resource.kind, value, isLive: true },
        locate: () => place,
      };
    }),
  );
}
