import { type KindOfWorkload, kubernetesKinds, nameOfKind } from '../model/kinds.ts';
import { type LabelSelector, type Labels, selects } from '../model/labels.ts';
import { localDnsLabels } from '../model/names.ts';
import type { ContainerPort, StrayKey, WorkloadRecord } from '../model/records.ts';
import { localDnsOf } from './local-dns.ts';
import { labelsThatStray, refOf, scrapeOf, straysIn, textsOf } from './metadata.ts';
import { ownDnsOf } from './own-dns.ts';
import { explained, type ObjectProblem, parseAt, valueAt } from './parsing.ts';
import {
  jobSpec,
  metadataOfTemplate,
  type OwnedMetadata,
  ownedObject,
  podTemplate,
  type RawContainer,
  type RawPodSpec,
} from './schemas.ts';
import { checked, mapAt, selecting, selectorAt, uncheckedAt } from './selector.ts';

/** Labels that the API server puts on the pods of one Job, by its name and by its uid. */
const jobNameLabel = 'batch.kubernetes.io/job-name';
const jobNameLabels = [jobNameLabel, 'job-name'];
const jobUidLabels: ReadonlySet<string> = new Set([
  ...['batch.kubernetes.io/controller-uid', 'controller-uid'],
]);

/**
 * Reads an object of a kind of workload. Undefined for one that is none: another object that is known
 * makes its pods, it is over, or it makes no pods of its own. Throws ZodError for what is malformed.
 */
export function readWorkload(
  kind: KindOfWorkload,
  raw: unknown,
  kinds: readonly KindOfWorkload[],
): WorkloadRecord | ObjectProblem | undefined {
  const { metadata } = ownedObject.parse(raw, explained);
  if (isOwned(kind, metadata, kinds) || isOver(kind, raw)) return undefined;
  if (valueAt(raw, kind.template) == null && !isChecked(kind)) {
    return withoutTemplate(kind, metadata);
  }
  const template = parseAt(podTemplate, raw, kind.template);
  const labels = labelsOfPods(kind, raw, metadata.name, template.metadata?.labels ?? {});
  const selector = selectorOf(kind, raw, metadata.name, labels);
  if (kind.selector && isChecked(kind) && !selects(selector, labels)) {
    return mismatch(kind.selector, kind.template);
  }
  return {
    kind: 'Workload',
    ref: refOf(metadata, kind.group, kind.kind),
    uid: metadata.uid ?? '',
    selector,
    labels,
    ports: portsOfPod(template.spec),
    hostNetwork: template.spec?.hostNetwork ?? false,
    ...ownDnsOf(template.spec),
    ...(isLocalDns(kind, metadata, labels) && listeningAt(template.spec)),
    texts: textsOf(metadata),
    strays: [
      ...labelsThatStray(metadata, ['metadata']),
      ...straysOf(kind, raw, template.metadata ?? {}),
    ],
    ...scrapeOf(template.metadata ?? {}),
  };
}

/**
 * Which of Kubernetes' own controllers make objects of a kind; a Node those of its static pods. Nobody
 * checks an owner reference, and an operator's Deployment that is set as the controller of a database's
 * StatefulSet, so that both are deleted together, makes none of its pods.
 */
const makersOf: Readonly<Record<string, readonly string[]>> = {
  ReplicaSet: ['Deployment'],
  Job: ['CronJob'],
  Pod: ['ReplicaSet', 'ReplicationController', 'StatefulSet', 'DaemonSet', 'Job', 'Node'],
};

const node = { group: '', kind: 'Node' };

/**
 * Whether a controller that is known makes the object what it is; whether it exists is not asked. Of
 * kinds that are configured nobody here knows what they make: whatever they control.
 */
function isOwned(
  owned: KindOfWorkload,
  { ownerReferences }: Pick<OwnedMetadata, 'ownerReferences'>,
  kinds: readonly KindOfWorkload[],
): boolean {
  const makers = isChecked(owned) ? (makersOf[owned.kind] ?? []) : [];
  const owners = (ownerReferences ?? []).filter(({ controller }) => controller === true);
  return owners.some(({ apiVersion, kind }) => {
    const group = groupOf(apiVersion ?? '');
    const isOf = (each: Pick<KindOfWorkload, 'group' | 'kind'>) =>
      each.kind === kind && each.group === group;
    if (isOf(node) || kubernetesKinds.some(isOf)) return makers.includes(kind);
    return kinds.some(isOf);
  });
}

/** The group of an apiVersion; '' of one without a slash, as core/v1 has it. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The kind of workload, of those given, that objects of this apiVersion and kind are read as. */
export function kindAmong(
  kinds: readonly KindOfWorkload[],
  apiVersion: string,
  kind: string,
): KindOfWorkload | undefined {
  return kinds.find(({ group, version, kind: name }) => {
    if (name !== kind) return false;
    return apiVersion === (group === '' ? version : `${group}/${version}`);
  });
}

/** Whether no pod of it will run any more. */
export function isOver({ group, kind }: KindOfWorkload, raw: unknown): boolean {
  switch (nameOfKind(group, kind)) {
    case 'Job': {
      const conditions = valueAt(raw, ['status', 'conditions']);
      return Array.isArray(conditions) && conditions.some(endsJob);
    }
    case 'Pod': {
      const phase = valueAt(raw, ['status', 'phase']);
      return phase === 'Succeeded' || phase === 'Failed';
    }
    default:
      return false;
  }
}

function endsJob(condition: unknown): boolean {
  const type = valueAt(condition, ['type']);
  const ends = type === 'Complete' || type === 'Failed';
  return ends && valueAt(condition, ['status']) === 'True';
}

/** Whether the API server checks the pod templates and the selectors of a kind. */
export function isChecked({ group, kind }: KindOfWorkload): boolean {
  return kubernetesKinds.some((each) => each.group === group && each.kind === kind);
}

/** Who may write in `kube-system` needs no leave to answer for the cluster's DNS. */
function isLocalDns({ group, kind }: KindOfWorkload, own: OwnedMetadata, labels: Labels): boolean {
  const isDaemon = group === 'apps' && kind === 'DaemonSet';
  return (
    isDaemon && own.namespace === 'kube-system' && selects({ matchLabels: localDnsLabels }, labels)
  );
}

function listeningAt(spec: RawPodSpec | null | undefined): { localDns?: readonly string[] } {
  const localDns = localDnsOf(spec);
  return localDns.length === 0 ? {} : { localDns };
}

/** Such an object the API server refuses; in a file it would get a policy that selects nobody. */
function mismatch(selector: readonly string[], template: readonly string[]): ObjectProblem {
  const labels = [...template, 'metadata', 'labels'].join('.');
  return {
    path: selector,
    problem: `it does not match ${labels}, so that the API server refuses the object; give the pods its labels`,
  };
}

/** It makes no pods of its own, as a Rollout with a workloadRef does: what it says means nobody. */
function withoutTemplate(
  { kind, template }: KindOfWorkload,
  metadata: OwnedMetadata,
): ObjectProblem | undefined {
  const [key] = Object.keys(textsOf(metadata));
  if (key === undefined) return undefined;
  const problem = `it is not read here: this ${kind} has no pod template at ${template.join('.')}, so it makes no pods of its own; put it on the workload that makes them`;
  return { path: ['metadata', 'annotations', key], problem, isNothing: true };
}

/**
 * The labels that pods are born with, as far as they are known before. A Job's are completed as the API
 * server does it, so that files mean what the cluster has; a uid is of one object, and is left out.
 */
export function labelsOfPods(
  { group, kind }: KindOfWorkload,
  raw: unknown,
  name: string,
  written: Labels,
): Labels {
  if (nameOfKind(group, kind) !== 'Job' || isManual(raw)) return written;
  const lasting = Object.entries(written).filter(([key]) => !jobUidLabels.has(key));
  const named = jobNameLabels.map((key) => [key, name] as const);
  return Object.fromEntries([...lasting, ...named]);
}

/** Whether a Job's selector is its own, which the API server leaves alone. */
function isManual(raw: unknown): boolean {
  return parseAt(jobSpec, raw, ['spec']).manualSelector === true;
}

function selectorOf(
  kind: KindOfWorkload,
  raw: unknown,
  name: string,
  labels: Labels,
): LabelSelector {
  const { group, template, selector } = kind;
  const named = nameOfKind(group, kind.kind);
  if (named === 'Job' && !isManual(raw)) return selecting({ [jobNameLabel]: name });
  if (!isChecked(kind)) {
    const own = selector && uncheckedAt(raw, selector);
    return own ?? checked(labels, [...template, 'metadata', 'labels']);
  }
  if (selector === undefined) return selecting(labels);
  if (named !== 'ReplicationController') return selectorAt(raw, selector);
  return mapAt(raw, selector) ?? selecting(labels);
}

/** Keys of ours on the template, and on what a CronJob's Jobs are made from. */
function straysOf(
  { template }: KindOfWorkload,
  raw: unknown,
  metadata: Parameters<typeof straysIn>[0],
): StrayKey[] {
  if (template.length === 0) return [];
  const onTemplate = straysIn(metadata, [...template, 'metadata']);
  const job = template.indexOf('jobTemplate') + 1;
  if (job === 0) return onTemplate;
  const between = [...template.slice(0, job), 'metadata'];
  return [...straysIn(parseAt(metadataOfTemplate, raw, between) ?? {}, between), ...onTemplate];
}

/**
 * The ports of a pod that runs: those of its containers and of its sidecars, which are init containers
 * that go on (KEP-753). What only prepares the pod is gone by then.
 */
export function portsOfPod(spec: RawPodSpec | null | undefined): ContainerPort[] {
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  );
  return [...(spec?.containers ?? []), ...sidecars].flatMap(portsOf);
}

function portsOf({ ports }: RawContainer): ContainerPort[] {
  return (ports ?? []).map(({ name, containerPort, protocol }) => ({
    ...(name && { name }),
    port: containerPort,
    protocol: protocol ?? 'TCP',
  }));
}
