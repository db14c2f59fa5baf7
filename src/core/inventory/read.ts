import { z } from 'zod';
import { suggest } from '../intent/keys.ts';
import { defaultKinds, type KindOfWorkload, kubernetesKinds } from '../model/kinds.ts';
import type { Labels } from '../model/labels.ts';
import { explained, parseAt, problemOr, valueAt } from '../record/parsing.ts';
import { isRecord, type ObjectProblem, readObject } from '../record/read.ts';
import {
  type OwnedMetadata,
  ownedMetadata,
  ownedObject,
  podSpec,
  podTemplate,
  type RawPodSpec,
} from '../record/schemas.ts';
import { isChecked, isOver, kindAmong, labelsOfPods, portsOfPod } from '../record/workload.ts';
import type { Item, Owner, PodItem, TemplateItem } from './items.ts';

const podObject = z.object({
  metadata: ownedMetadata,
  spec: podSpec.nullish(),
  status: z
    .object({
      phase: z.string().nullish(),
      podIP: z.string().nullish(),
      podIPs: z.array(z.object({ ip: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

/** Those whose pods have to carry what the selector asks for. */
const labelled: ReadonlySet<string> = new Set(
  ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => `apps/v1/${kind}`),
);

/** Names that are taken: a template of such a kind has to be of another API group. */
const taken: ReadonlySet<string> = new Set(['Namespace', 'NetworkPolicy', 'Pod', 'Service']);

const read: ReadonlySet<string> = new Set([
  'v1/Namespace',
  'v1/Service',
  'networking.k8s.io/v1/NetworkPolicy',
]);

/** Where kinds that nobody has told of may have a pod template. */
const usualTemplates: readonly (readonly string[])[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];

/**
 * Reads one object as a file or the API server gives it. In: raw JSON, and the kinds of workload. Out:
 * an item, what is wrong with it, or undefined for a kind that says nothing about connections. Whatever
 * has a pod template under `spec.template` or `spec.jobTemplate` is a workload, of whichever kind.
 * Never throws.
 */
export function readItem(
  apiVersion: string,
  kind: string,
  raw: unknown,
  kinds: readonly KindOfWorkload[] = defaultKinds,
): Item | ObjectProblem | undefined {
  if (isMisnamed(apiVersion, kind)) {
    return { path: ['kind'], problem: 'write apiVersion networking.k8s.io/v1, kind NetworkPolicy' };
  }
  const whole = `${apiVersion}/${kind}`;
  if (read.has(whole)) return readKnown(apiVersion, kind, raw);
  if (whole === 'v1/Pod') return problemOr(() => readPod(raw));
  const problem = labelled.has(whole) ? withoutLabels(kind, raw) : undefined;
  if (problem !== undefined) return problem;
  const of = taken.has(kind) ? `${kind}.${apiVersion.split('/')[0]}` : kind;
  const known = kindAmong([...kubernetesKinds, ...kinds], apiVersion, kind);
  if (known !== undefined) return readOfKind(known, of, raw);
  const path = usualTemplates.find((each) => hasContainers(valueAt(raw, each)));
  return path && problemOr(() => readTemplate(path, of, raw));
}

function readKnown(
  apiVersion: string,
  kind: string,
  raw: unknown,
): Item | ObjectProblem | undefined {
  const record = readObject(apiVersion, kind, raw);
  return isRecord(record) ? (record as Item) : (record as ObjectProblem | undefined);
}

/** One without a template makes no pods of its own, unless it is of a kind that has to have it. */
function readOfKind(
  kind: KindOfWorkload,
  of: string,
  raw: unknown,
): Item | ObjectProblem | undefined {
  if (valueAt(raw, kind.template) == null && !isChecked(kind)) return undefined;
  return problemOr(() => {
    const item = readTemplate(kind.template, of, raw);
    const labels = labelsOfPods(kind, raw, item.name, item.labels);
    const isPast = isOver(kind, raw) || (of === 'ReplicaSet' && isScaledDown(raw));
    return { ...item, labels, ...(isPast && { isPast }) };
  });
}

function isScaledDown(raw: unknown): boolean {
  return valueAt(raw, ['spec', 'replicas']) === 0;
}

/** A NetworkPolicy of Kubernetes itself that the API server would not know by this name. */
function isMisnamed(apiVersion: string, kind: string): boolean {
  const group = apiVersion.split('/')[0] ?? '';
  if (kind.toLowerCase() !== 'networkpolicy') {
    return group === 'networking.k8s.io' && suggest(kind, ['NetworkPolicy']) !== '';
  }
  const ours = ['v1', 'networking', 'networking.k8s.io', 'extensions'].includes(group);
  return ours && !read.has(`${apiVersion}/${kind}`);
}

/** Whether an item was read, and not what is wrong with an object. */
export function isItem(item: Item | ObjectProblem): item is Item {
  return !('problem' in item);
}

function readPod(raw: unknown): PodItem {
  const { metadata: own, spec, status } = podObject.parse(raw, explained);
  const listed = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  const single = status?.podIP ? [status.podIP] : [];
  return {
    ...{ kind: 'Pod', ...shapeOf(own, own.labels, spec) },
    addresses: listed.length > 0 ? listed : single,
    ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
  };
}

function readTemplate(path: readonly string[], of: string, raw: unknown): TemplateItem {
  const { metadata } = ownedObject.parse(raw, explained);
  const template = parseAt(podTemplate, raw, path);
  const shape = shapeOf(metadata, template.metadata?.labels, template.spec);
  return { kind: 'Template', of, ...shape };
}

function shapeOf(
  { name, namespace, ownerReferences }: OwnedMetadata,
  labels: Labels | null | undefined,
  spec: RawPodSpec | null | undefined,
) {
  return {
    ...{ name, namespace: namespace ?? '', labels: labels ?? {} },
    ports: portsOfPod(spec),
    hostNetwork: spec?.hostNetwork ?? false,
    owner: ownerAmong(ownerReferences ?? []),
  };
}

function ownerAmong(
  references: readonly (Owner & { controller?: boolean | null | undefined })[],
): Owner | undefined {
  const found = references.find(({ controller }) => controller === true);
  return found && { kind: found.kind, name: found.name };
}

/** The API server refuses such a one; in files it is a patch, and its pods are not known. */
function withoutLabels(kind: string, raw: unknown): ObjectProblem | undefined {
  const template = valueAt(raw, ['spec', 'template']);
  const labels = valueAt(template, ['metadata', 'labels']);
  if (template == null || Object.keys(labels ?? {}).length > 0) return undefined;
  const problem = `it is missing; the pods of a ${kind} have labels. If this is a patch, give what it is applied to`;
  return { path: ['spec', 'template', 'metadata', 'labels'], problem };
}

function hasContainers(template: unknown): boolean {
  return Array.isArray(valueAt(template, ['spec', 'containers']));
}
