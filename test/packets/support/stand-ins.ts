import { rollouts } from '../../../src/core/model/kinds.ts';
import type { RawObject } from '../../../src/kube/objects.ts';
import { collectionPath, objectPath } from '../../../src/kube/resources.ts';
import { resourceOf } from '../../../src/operator/watched-kinds.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';
import type { Manifest } from './examples.ts';

/** What Argo has written into the Service of the example. */
const hash = { 'rollouts-pod-template-hash': '6d4cf56db6' };
const replicaSets = {
  ...{ group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
};

interface RolloutSpec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: unknown;
  };
}

/**
 * Makes of these objects, which are in the cluster, what nobody here makes: the ReplicaSet of a Rollout,
 * as Argo does, and a Job of a CronJob, as its hour would.
 */
export async function actForOthers(cluster: Cluster, objects: readonly Manifest[]): Promise<void> {
  for (const { kind, metadata } of objects) {
    const { namespace = '', name } = metadata;
    if (kind === 'Rollout') {
      const path = objectPath(resourceOf(rollouts), { namespace, name });
      const made = replicaSetOf((await cluster.client.get(path)) as RawObject);
      await cluster.client.create(collectionPath(replicaSets, namespace), made);
    }
    if (kind === 'CronJob') {
      const from = `--from=cronjob/${name}`;
      await cluster.kubectl(['create', 'job', '-n', namespace, from, `${name}-now`]);
    }
  }
}

function replicaSetOf({ apiVersion, kind, metadata, spec }: RawObject) {
  const { name, uid } = metadata;
  const { selector, template } = spec as RolloutSpec;
  return {
    ...{ apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    metadata: {
      name: `${name}-${Object.values(hash).join()}`,
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    spec: {
      selector: { matchLabels: { ...selector.matchLabels, ...hash } },
      template: { ...template, metadata: { labels: { ...template.metadata.labels, ...hash } } },
    },
  };
}
