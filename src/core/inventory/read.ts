import { z } from 'zod';
import { explain } from '../intent/explain.ts';
import { suggest } from '../intent/keys.ts';
import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import { isRecord, type ObjectProblem, portsOfPod, readObject } from '../record/read.ts';
import { labelSelector, metadata, podSpec, type RawPodSpec } from '../record/schemas.ts';
import type { Item, Owner, PodItem, TemplateItem } from './items.ts';

const owned = metadata.extend({
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().nullish() }))
    .nullish(),
});

const podObject = z.object({
  metadata: owned,
  spec: podSpec.nullish(),
  status: z
    .object({
      phase: z.string().nullish(),
      podIP: z.string().nullish(),
      podIPs: z.array(z.object({ ip: z.string().nullish() })).nullish(),
    })
    .nullish(),
});

const podTemplate = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).nullish() }).nullish(),
  spec: podSpec.nullish(),
});

const templateObject = z.object({
  metadata: owned,
  spec: z.object({
    replicas: z.number().nullish(),
    selector: z.unknown().optional(),
    template: podTemplate,
  }),
});

const jobTemplateObject = z.object({
  metadata: owned,
  spec: z.object({ jobTemplate: z.object({ spec: z.object({ template: podTemplate }) }) }),
});

/** Kinds that make pods, whatever their template holds; those of others have to look like it. */
const makers: ReadonlySet<string> = new Set([
  ...['apps/v1/Deployment', 'apps/v1/StatefulSet', 'apps/v1/DaemonSet', 'apps/v1/ReplicaSet'],
  ...['v1/ReplicationController', 'batch/v1/Job'],
]);

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

/**
 * Reads one object as a file or the API server gives it. In: raw JSON. Out: an item, what is wrong
 * with it, or undefined for a kind that says nothing about connections. Whatever has a pod template
 * under `spec.template` or `spec.jobTemplate` is a workload, of whichever kind. Never throws.
 */
export function readItem(
  apiVersion: string,
  kind: string,
  raw: unknown,
): Item | ObjectProblem | undefined {
  if (isMisnamed(apiVersion, kind)) {
    return { path: ['kind'], problem: 'write apiVersion networking.k8s.io/v1, kind NetworkPolicy' };
  }
  if (read.has(`${apiVersion}/${kind}`)) return readKnown(apiVersion, kind, raw);
  if (`${apiVersion}/${kind}` === 'v1/Pod') return parsed(() => readPod(raw));
  const whole = `${apiVersion}/${kind}`;
  const spec = fieldOf(raw, 'spec');
  const of = taken.has(kind) ? `${kind}.${apiVersion.split('/')[0]}` : kind;
  const problem = labelled.has(whole) ? withoutLabels(kind, spec) : undefined;
  if (problem !== undefined) return problem;
  if (makers.has(whole) || hasContainers(fieldOf(spec, 'template'))) {
    return parsed(() => readTemplate(of, raw));
  }
  const job = fieldOf(fieldOf(fieldOf(spec, 'jobTemplate'), 'spec'), 'template');
  if (whole !== 'batch/v1/CronJob' && !hasContainers(job)) return undefined;
  return parsed(() => readJobTemplate(of, raw));
}

function readKnown(
  apiVersion: string,
  kind: string,
  raw: unknown,
): Item | ObjectProblem | undefined {
  const record = readObject(apiVersion, kind, raw);
  return isRecord(record) ? (record as Item) : record;
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

function parsed(readIt: () => Item): Item | ObjectProblem {
  try {
    return readIt();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? '' : part));
    return { path, problem: issue?.message ?? 'it cannot be read' };
  }
}

function readPod(raw: unknown): PodItem {
  const { metadata: own, spec, status } = podObject.parse(raw, { error: explain });
  const listed = (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  const single = status?.podIP ? [status.podIP] : [];
  return {
    ...{ kind: 'Pod', ...shapeOf(own, own.labels, spec) },
    addresses: listed.length > 0 ? listed : single,
    ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
  };
}

function readTemplate(kind: string, raw: unknown): TemplateItem {
  const { metadata: own, spec } = templateObject.parse(raw, { error: explain });
  const shape = shapeOf(own, spec.template.metadata?.labels, spec.template.spec);
  const isPast = kind === 'ReplicaSet' && spec.replicas === 0;
  return {
    ...{ kind: 'Template', of: kind, ...shape, selector: selectorOf(spec.selector) },
    ...(isPast && { isPast }),
  };
}

function readJobTemplate(kind: string, raw: unknown): TemplateItem {
  const { metadata: own, spec } = jobTemplateObject.parse(raw, { error: explain });
  const { template } = spec.jobTemplate.spec;
  const shape = shapeOf(own, template.metadata?.labels, template.spec);
  return { ...{ kind: 'Template', of: kind, ...shape }, selector: undefined };
}

function shapeOf(
  { name, namespace, ownerReferences }: z.infer<typeof owned>,
  labels: Readonly<Record<string, string>> | null | undefined,
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

/** A ReplicationController's is a plain map of labels; kinds of others may have anything there. */
function selectorOf(raw: unknown): LabelSelector | undefined {
  const whole = labelSelector.strict().safeParse(raw);
  if (whole.success) {
    const { matchLabels, matchExpressions } = whole.data;
    return canonicalSelector({
      ...(matchLabels && { matchLabels }),
      ...(matchExpressions && {
        matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
          ...{ key, operator },
          ...(values && { values }),
        })),
      }),
    });
  }
  const map = z.record(z.string(), z.string()).safeParse(raw);
  return map.success ? canonicalSelector({ matchLabels: map.data }) : undefined;
}

/** The API server refuses such a one; in files it is a patch, and its pods are not known. */
function withoutLabels(kind: string, spec: unknown): ObjectProblem | undefined {
  const template = fieldOf(spec, 'template');
  const labels = fieldOf(fieldOf(template, 'metadata'), 'labels');
  if (spec == null || template == null || Object.keys(labels ?? {}).length > 0) return undefined;
  const problem = `it is missing; the pods of a ${kind} have labels. If this is a patch, give what it is applied to`;
  return { path: ['spec', 'template', 'metadata', 'labels'], problem };
}

function hasContainers(template: unknown): boolean {
  return Array.isArray(fieldOf(fieldOf(template, 'spec'), 'containers'));
}

function fieldOf(value: unknown, field: string): unknown {
  return (value as Readonly<Record<string, unknown>> | null | undefined)?.[field];
}
