import { z } from 'zod';
import { explain } from '../intent/explain.ts';
import { prefix } from '../intent/keys.ts';
import type { ObjectRef } from '../model/identity.ts';
import { canonicalSelector, type LabelSelector } from '../model/labels.ts';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import type {
  ContainerPort,
  ServiceRecord,
  StrayKey,
  Texts,
  WorldRecord,
} from '../model/records.ts';
import { ownershipOf } from './ownership.ts';
import {
  type Metadata,
  namespaceObject,
  nodeObject,
  policyObject,
  type RawContainer,
  type RawPodSpec,
  type RawSelector,
  resourceObject,
  serviceCidrObject,
  serviceObject,
  workloadObject,
} from './schemas.ts';

/** Why an object could not be read: the field path in it, and what is wrong there. */
export interface ObjectProblem {
  readonly path: readonly (string | number)[];
  readonly problem: string;
}

/** A record, a problem, or undefined for a kind that nothing reads. */
export type ReadObject = WorldRecord | ObjectProblem | undefined;

/** Refusals are told in our words, as those of the resource are. */
const explained = { error: explain };

const readers: Readonly<Record<string, (raw: unknown) => WorldRecord>> = {
  'v1/Namespace': readNamespace,
  'v1/Service': readService,
  'v1/Node': readNode,
  'networking.k8s.io/v1/ServiceCIDR': readServiceCidr,
  'networking.k8s.io/v1/NetworkPolicy': readPolicy,
  'appconnectivity.dev/v1alpha1/AppConnectivity': readResource,
  ...Object.fromEntries(
    ['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => [
      `apps/v1/${kind}`,
      (raw: unknown) => readWorkload(raw, kind),
    ]),
  ),
};

/**
 * Reads one Kubernetes object as the API server or a file gives it, and keeps only what the stages
 * read. In: raw JSON with apiVersion and kind. Never throws.
 */
export function readObject(apiVersion: string, kind: string, raw: unknown): ReadObject {
  const reader = readers[`${apiVersion}/${kind}`];
  if (reader === undefined) return undefined;
  try {
    return reader(raw);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? '' : part));
    return { path, problem: issue?.message ?? 'it cannot be read' };
  }
}

/** Whether an object was read into a record. */
export function isRecord(read: ReadObject): read is WorldRecord {
  return read !== undefined && !('problem' in read);
}

function readNamespace(raw: unknown): WorldRecord {
  const { metadata } = namespaceObject.parse(raw, explained);
  const { name, deletionTimestamp } = metadata;
  return {
    ...({ kind: 'Namespace', name, uid: metadata.uid ?? '' } as const),
    labels: metadata.labels ?? {},
    texts: textsOf(metadata),
    terminating: deletionTimestamp != null,
  };
}

function readWorkload(raw: unknown, kind: string): WorldRecord {
  const { metadata, spec } = workloadObject.parse(raw, explained);
  const { template } = spec;
  return {
    kind: 'Workload',
    ref: refOf(metadata, 'apps', kind),
    uid: metadata.uid ?? '',
    selector: canonicalSelector(plainSelector(spec.selector)),
    labels: template.metadata?.labels ?? {},
    ports: portsOfPod(template.spec),
    hostNetwork: template.spec?.hostNetwork ?? false,
    texts: textsOf(metadata),
    strays: straysIn(template.metadata ?? {}, ['spec', 'template', 'metadata']),
  };
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

function readService(raw: unknown): ServiceRecord {
  const { metadata, spec } = serviceObject.parse(raw, explained);
  const { clusterIP, clusterIPs } = spec ?? {};
  const addresses = clusterIPs ?? (clusterIP ? [clusterIP] : []);
  const { namespace, name } = refOf(metadata, '', 'Service');
  const selector = spec?.selector ?? {};
  return {
    ...({ kind: 'Service', namespace, name } as const),
    labels: metadata.labels ?? {},
    selector: Object.keys(selector).length === 0 ? undefined : selector,
    headless: addresses.includes('None'),
    external: spec?.type === 'ExternalName',
    clusterIPs: addresses.filter((address) => address !== 'None'),
    ports: (spec?.ports ?? []).map(({ name: portName, protocol, port, targetPort }) => ({
      ...(portName && { name: portName }),
      protocol: protocol ?? 'TCP',
      port,
      targetPort: targetPort || port,
    })),
    strays: straysIn(metadata, ['metadata']),
  };
}

function readResource(raw: unknown): WorldRecord {
  const { metadata, spec, status } = resourceObject.parse(raw, explained);
  const { namespace, name } = refOf(metadata, '', 'AppConnectivity');
  const { uid, generation } = metadata;
  return {
    ...{ kind: 'AppConnectivity', namespace, name },
    uid: uid ?? '',
    generation: generation ?? 0,
    spec,
    status,
  };
}

function readNode(raw: unknown): WorldRecord {
  const { metadata, spec } = nodeObject.parse(raw, explained);
  const ranges = spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);
  return { kind: 'ClusterRange', source: `Node/${metadata.name}`, ranges };
}

function readServiceCidr(raw: unknown): WorldRecord {
  const { metadata, spec } = serviceCidrObject.parse(raw, explained);
  return {
    kind: 'ClusterRange',
    source: `ServiceCIDR/${metadata.name}`,
    ranges: spec?.cidrs ?? [],
  };
}

function readPolicy(raw: unknown): WorldRecord {
  const { metadata, spec } = policyObject.parse(raw, explained);
  const { namespace, name } = refOf(metadata, '', 'NetworkPolicy');
  const policy: NetworkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      ...{ name, namespace },
      labels: metadata.labels ?? {},
      annotations: metadata.annotations ?? {},
    },
    spec: withoutNulls({ podSelector: {}, ...spec }) as PolicySpec,
  };
  const { uid, resourceVersion, managedFields } = metadata;
  return {
    ...({ kind: 'NetworkPolicy', policy, ...ownershipOf(policy, managedFields ?? []) } as const),
    uid: uid ?? '',
    resourceVersion: resourceVersion ?? '',
  };
}

function refOf({ name, namespace }: Metadata, group: string, kind: string): ObjectRef {
  return { group, kind, namespace: namespace ?? '', name };
}

function textsOf({ annotations }: Pick<Metadata, 'annotations'>): Texts {
  const ours = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(ours);
}

function straysIn(metadata: Pick<Metadata, 'annotations'>, path: readonly string[]): StrayKey[] {
  return Object.keys(textsOf(metadata)).map((key) => ({
    key,
    path: [...path, 'annotations', key],
  }));
}

/** Null is absent: nothing after this stage may take it for a value. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field != null);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field)]));
}

function plainSelector(raw: RawSelector | null | undefined): LabelSelector {
  return withoutNulls(raw ?? {}) as LabelSelector;
}
