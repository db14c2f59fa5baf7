import { defaultKinds, type KindOfWorkload } from '../model/kinds.ts';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import { canonicalAddress } from '../model/range.ts';
import type { Refused, ServiceRecord, WorldRecord } from '../model/records.ts';
import { readNode, readServiceCidr } from './addresses.ts';
import { refOf, scrapeOf, straysIn, textsOf } from './metadata.ts';
import { outsideReaders } from './outside.ts';
import { ownershipOf } from './ownership.ts';
import { explained, type ObjectProblem, problemOr, withoutNulls } from './parsing.ts';
import { namespaceObject, policyObject, resourceObject, serviceObject } from './schemas.ts';
import { kindAmong, readWorkload } from './workload.ts';

export type { ObjectProblem } from './parsing.ts';

/**
 * A record, a problem, or undefined for what says nothing: a kind that nothing reads, or an object of
 * a kind of workload that is none.
 */
export type ReadObject = WorldRecord | ObjectProblem | undefined;

const own: Readonly<Record<string, (raw: unknown) => WorldRecord>> = {
  'v1/Namespace': readNamespace,
  'v1/Service': readService,
  'networking.k8s.io/v1/NetworkPolicy': readPolicy,
  'appconnectivity.dev/v1alpha1/AppConnectivity': readResource,
};

const readers: Readonly<Record<string, (raw: unknown) => ReadObject>> = {
  ...own,
  'v1/Node': readNode,
  'networking.k8s.io/v1/ServiceCIDR': readServiceCidr,
  ...outsideReaders,
};

/**
 * Reads one Kubernetes object as the API server or a file gives it, and keeps only what the stages
 * read. In: raw JSON with apiVersion and kind, and the kinds of workload that are read. Never throws.
 */
export function readObject(
  apiVersion: string,
  kind: string,
  raw: unknown,
  kinds: readonly KindOfWorkload[] = defaultKinds,
): ReadObject {
  const known = readers[`${apiVersion}/${kind}`];
  if (known !== undefined) return problemOr(() => known(raw));
  const workload = kindAmong(kinds, apiVersion, kind);
  return workload && problemOr(() => readWorkload(workload, raw, kinds));
}

/** Whether what is written for us on objects of this kind is read, if only to say that it is misplaced. */
export function readsIntent(
  apiVersion: string,
  kind: string,
  kinds: readonly KindOfWorkload[],
): boolean {
  const whole = `${apiVersion}/${kind}`;
  return own[whole] !== undefined || kindAmong(kinds, apiVersion, kind) !== undefined;
}

/** Whether an object was read into a record. */
export function isRecord(read: ReadObject): read is WorldRecord {
  return read !== undefined && !isProblem(read);
}

/** Whether an object could not be read. */
export function isProblem(read: ReadObject): read is ObjectProblem {
  return read !== undefined && 'problem' in read;
}

/** What is wrong with an object, be it one reference of several, which alone counts for nothing then. */
export function wrongIn(read: ReadObject): Refused | undefined {
  if (!isRecord(read)) return read;
  return 'refused' in read ? read.refused : undefined;
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

function readService(raw: unknown): ServiceRecord {
  const { metadata, spec } = serviceObject.parse(raw, explained);
  const { clusterIP, clusterIPs } = spec ?? {};
  const addresses = clusterIPs ?? (clusterIP ? [clusterIP] : []);
  const { namespace, name } = refOf(metadata, '', 'Service');
  const selector = spec?.selector ?? {};
  return {
    ...({ kind: 'Service', namespace, name, uid: metadata.uid ?? '' } as const),
    labels: metadata.labels ?? {},
    selector: Object.keys(selector).length === 0 ? undefined : selector,
    headless: addresses.includes('None'),
    external: spec?.type === 'ExternalName',
    clusterIPs: addresses.flatMap((address) => canonicalAddress(address) ?? []),
    ports: (spec?.ports ?? []).map(({ name: portName, protocol, port, targetPort }) => ({
      ...(portName && { name: portName }),
      protocol: protocol ?? 'TCP',
      port,
      targetPort: targetPort || port,
    })),
    strays: straysIn(metadata, ['metadata']),
    ...scrapeOf(metadata),
  };
}

function readResource(raw: unknown): WorldRecord {
  const { metadata, spec, status } = resourceObject.parse(raw, explained);
  const { namespace, name } = refOf(metadata, '', 'AppConnectivity');
  const { uid, resourceVersion, generation } = metadata;
  return {
    ...{ kind: 'AppConnectivity', namespace, name },
    uid: uid ?? '',
    resourceVersion: resourceVersion ?? '',
    generation: generation ?? 0,
    spec,
    status,
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
  const { uid, resourceVersion, creationTimestamp, managedFields } = metadata;
  return {
    ...({ kind: 'NetworkPolicy', policy, ...ownershipOf(policy, managedFields ?? []) } as const),
    uid: uid ?? '',
    resourceVersion: resourceVersion ?? '',
    ...(creationTimestamp && { created: creationTimestamp }),
  };
}
