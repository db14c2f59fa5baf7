import { apiVersionOf, type Resource, resources } from '../kube/resources.ts';
import type { Config } from '../settings.ts';
import { withCluster } from './connect.ts';
import { listForeignPolicies } from './foreign-listing.ts';
import type { Host } from './host.ts';
import type { Manifest } from './manifests.ts';
import { listKinds } from './read-cluster.ts';

/** Kinds that make pods besides those that the operator watches. */
const makers: readonly Resource[] = [
  kind('apps', 'replicasets', 'ReplicaSet'),
  kind('', 'replicationcontrollers', 'ReplicationController'),
  kind('batch', 'jobs', 'Job'),
  kind('batch', 'cronjobs', 'CronJob'),
];

const ofConnections: readonly Resource[] = [
  ...[resources.namespaces, resources.pods, resources.services, resources.networkPolicies],
  ...[resources.deployments, resources.statefulSets, resources.daemonSets, ...makers],
];

const ofIntent: readonly Resource[] = [
  ...[resources.appConnectivities, resources.nodes, resources.serviceCidrs],
];

/**
 * The objects of the cluster that say something about connections, as manifests that have no place.
 * Throws UsageError where a kind may not be listed; rejects with a KubeError.
 */
export async function readManifestsOfCluster(
  config: Config,
  host: Host,
  withIntent: boolean,
): Promise<Manifest[]> {
  const kinds = withIntent ? [...ofConnections, ...ofIntent] : ofConnections;
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

function kind(group: string, plural: string, name: string): Resource {
  return { group, version: 'v1', plural, kind: name, namespaced: true };
}
