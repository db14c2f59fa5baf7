import type { WorkloadKind } from './declaration.ts';

/**
 * A kind of object that makes pods, and where in an object stands which. Kinds outside Kubernetes
 * itself come from the configuration.
 */
export interface KindOfWorkload {
  /** API group; '' for core/v1. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** What entries call it before the slash, in lower case: the names that kubectl takes. */
  readonly words: readonly string[];
  /** Field path of the pod template; empty for a Pod, which is one itself. */
  readonly template: readonly string[];
  /** Field path of the selector of its pods; without it, the labels of the template select. */
  readonly selector?: readonly string[];
}

const ofSpec = { template: ['spec', 'template'], selector: ['spec', 'selector'] } as const;

/** The kinds that every installation reads. */
const always: readonly KindOfWorkload[] = [
  {
    ...{ group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments' },
    ...{ words: ['deployment', 'deployments', 'deploy'], ...ofSpec },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets' },
    ...{ words: ['statefulset', 'statefulsets', 'sts'], ...ofSpec },
  },
  {
    ...{ group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets' },
    ...{ words: ['daemonset', 'daemonsets', 'ds'], ...ofSpec },
  },
  {
    ...{ group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs' },
    ...{ words: ['job', 'jobs'], ...ofSpec },
  },
  {
    ...{ group: 'batch', version: 'v1', kind: 'CronJob', plural: 'cronjobs' },
    ...{ words: ['cronjob', 'cronjobs', 'cj'] },
    template: ['spec', 'jobTemplate', 'spec', 'template'],
  },
];

/** Kinds of Kubernetes whose objects mostly belong to others: read where the configuration says so. */
export const optionalKinds: readonly KindOfWorkload[] = [
  {
    ...{ group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets' },
    ...{ words: ['replicaset', 'replicasets', 'rs'], ...ofSpec },
  },
  {
    ...{ group: '', version: 'v1', kind: 'ReplicationController' },
    plural: 'replicationcontrollers',
    ...{ words: ['replicationcontroller', 'replicationcontrollers', 'rc'], ...ofSpec },
  },
  {
    ...{ group: '', version: 'v1', kind: 'Pod', plural: 'pods' },
    ...{ words: ['pod', 'pods', 'po'], template: [] },
  },
];

/** Argo Rollouts: read wherever its CRD exists, without being configured. */
export const rollouts: KindOfWorkload = {
  ...{ group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout', plural: 'rollouts' },
  ...{ words: ['rollout', 'rollouts', 'ro'], ...ofSpec },
};

/** The kinds of workload where nothing is configured. */
export const defaultKinds: readonly KindOfWorkload[] = [...always, rollouts];

/** The kinds of Kubernetes itself that make pods, and the Pod. */
export const kubernetesKinds: readonly KindOfWorkload[] = [...always, ...optionalKinds];

/** API groups of the kinds that keys name without their group. */
const ownGroups: Readonly<Record<string, string>> = {
  ...Object.fromEntries(kubernetesKinds.map(({ kind, group }) => [kind, group])),
  AppConnectivity: 'appconnectivity.dev',
};

/**
 * A kind as keys, identities and entries name it: `Deployment`, or `Rollout.argoproj.io` where it is
 * of a group that is not Kubernetes' own, so that two kinds of one name are two.
 */
export function nameOfKind(group: string, kind: string): WorkloadKind {
  return group === '' || ownGroups[kind] === group ? kind : `${kind}.${group}`;
}

/** The API group and the kind that such a name stands for. */
export function kindOfName(name: WorkloadKind): { group: string; kind: string } {
  const dot = name.indexOf('.');
  if (dot >= 0) return { group: name.slice(dot + 1), kind: name.slice(0, dot) };
  return { group: ownGroups[name] ?? '', kind: name };
}

/** Whether a key's kind is one of workloads: everything else that has keys is ours, or a Namespace. */
export function isWorkloadKind(name: string): boolean {
  return name !== 'Namespace' && name !== 'AppConnectivity';
}
