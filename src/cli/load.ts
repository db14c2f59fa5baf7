import { prefix } from '../core/intent/keys.ts';
import { type Key, keyOf, type ObjectRef, ourGroup } from '../core/model/identity.ts';
import { defaultKinds, type KindOfWorkload } from '../core/model/kinds.ts';
import type { Refused, WorldRecord } from '../core/model/records.ts';
import { valueAt } from '../core/record/parsing.ts';
import { isProblem, isRecord, readObject, readsIntent, wrongIn } from '../core/record/read.ts';
import { groupOf } from '../core/record/workload.ts';
import type { InputProblem, Manifest } from './manifests.ts';
import type { FieldPath } from './places.ts';

/** The records of some manifests, and the way from an object back to its file. */
export interface Loaded {
  readonly records: readonly WorldRecord[];
  readonly problems: readonly InputProblem[];
  /** `file:line:column` of a field of an object; its name where it came from no file. */
  locate(object: ObjectRef, path: FieldPath, offset?: number): string;
}

/** Kinds that live outside namespaces, so that `-n` does not apply to them. */
const clusterKinds: ReadonlySet<string> = new Set([
  ...['Namespace', 'Node', 'ServiceCIDR', 'IngressClass', 'GatewayClass'],
  ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'],
]);

/**
 * Reads manifests into records, with these kinds of workload among them. Objects without a namespace get
 * `namespace`. Problems: objects that cannot be read, that are given twice, or that say something to us
 * where it is not read.
 */
export function loadRecords(
  manifests: readonly Manifest[],
  namespace: string,
  kinds: readonly KindOfWorkload[] = defaultKinds,
): Loaded {
  const records: WorldRecord[] = [];
  const problems: InputProblem[] = [];
  const places = new Map<Key, Manifest>();
  for (const manifest of manifests) {
    const placed = withNamespace(manifest, namespace);
    const { apiVersion, kind } = manifest;
    const read = readObject(apiVersion, kind, placed, kinds);
    problems.push(...unreadable(manifest, placed, wrongIn(read)));
    if (isProblem(read)) continue;
    const key = keyOf({ group: groupOf(apiVersion), kind, ...namesOf(placed) });
    const first = places.get(key);
    if (read !== undefined) {
      if (first !== undefined) problems.push(givenTwice(first, manifest, nameOf(manifest, placed)));
      places.set(key, manifest);
    }
    if (isRecord(read)) records.push(read);
    if (!readsIntent(apiVersion, kind, kinds)) problems.push(...unreadIntent(manifest));
  }
  const locate = (object: ObjectRef, path: FieldPath, offset?: number) =>
    places.get(keyOf(object))?.locate(path, offset) ?? keyOf(object);
  return { records, problems, locate };
}

/** What cannot be read of a manifest, at its place. */
function unreadable(
  manifest: Manifest,
  placed: Readonly<Record<string, unknown>>,
  wrong: Refused | undefined,
): InputProblem[] {
  if (wrong === undefined) return [];
  const { path, problem } = wrong;
  const subject = concernsName(path) ? manifest.kind : nameOf(manifest, placed);
  const message = `${subject}: ${path.join('.')}: ${problem}`;
  return [{ place: manifest.locate(path), message }];
}

/** The object of a manifest, with a namespace where it is of a kind that has one and gives none. */
export function withNamespace(
  { kind, value }: Manifest,
  namespace: string,
): Record<string, unknown> {
  const { metadata } = value;
  if (clusterKinds.has(kind) || typeof metadata !== 'object' || metadata === null) return value;
  const own = 'namespace' in metadata ? metadata.namespace : undefined;
  return {
    ...value,
    metadata: { ...metadata, namespace: own === '' ? namespace : (own ?? namespace) },
  };
}

/** Group, kind, namespace and name of a manifest; '' where it does not give one as a text. */
export function nameOfManifest(manifest: Manifest, namespace: string) {
  const { metadata } = withNamespace(manifest, namespace);
  const names = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
  const own = clusterKinds.has(manifest.kind) ? '' : textOf(names.namespace);
  const { apiVersion, kind } = manifest;
  return { group: groupOf(apiVersion), kind, namespace: own, name: textOf(names.name) };
}

/** Whether a problem is one of the names, so that they cannot stand for the object in a sentence. */
function concernsName([first, second]: FieldPath): boolean {
  return (
    first === 'metadata' && (second === undefined || second === 'name' || second === 'namespace')
  );
}

function namesOf({ metadata }: Readonly<Record<string, unknown>>): {
  namespace: string;
  name: string;
} {
  const { namespace = '', name = '' } = (metadata ?? {}) as { namespace?: string; name?: string };
  return { namespace, name };
}

/** `Kind/namespace/name`, as kubectl and we name it to people. */
function nameOf({ kind }: Manifest, placed: Readonly<Record<string, unknown>>): string {
  return keyOf({ kind, ...namesOf(placed) });
}

function givenTwice(first: Manifest, second: Manifest, name: string): InputProblem {
  const message = `${name} is given twice, first at ${first.locate([])}; the last one counts`;
  return { place: second.locate([]), message, isDuplicate: true };
}

/** Where pod templates stand in kinds that nothing reads. */
const templates: readonly (readonly string[])[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];

/**
 * What is written for us where nothing reads it must not be lost in silence. What a controller makes
 * has it from its owner: a ReplicaSet carries its Deployment's annotations.
 */
function unreadIntent(manifest: Manifest): InputProblem[] {
  const { apiVersion, kind: written } = manifest;
  if (groupOf(apiVersion) === ourGroup || written.toLowerCase() === 'appconnectivity') {
    const message = `${written} (${apiVersion}) is not read; it is written apiVersion: ${ourGroup}/v1alpha1, kind: AppConnectivity`;
    return [{ place: manifest.locate(['apiVersion']), message }];
  }
  const owners = valueAt(manifest.value, ['metadata', 'ownerReferences']);
  if (Array.isArray(owners) && owners.some((each) => valueAt(each, ['controller']) === true)) {
    return [];
  }
  const kind = `${written} (${apiVersion})`;
  return [
    ...unreadKeys(manifest, [], `a ${kind}`),
    ...templates.flatMap((path) => unreadKeys(manifest, path, `the pod template of a ${kind}`)),
  ];
}

function unreadKeys(manifest: Manifest, base: readonly string[], where: string): InputProblem[] {
  const path = [...base, 'metadata', 'annotations'];
  const keys = Object.keys(valueAt(manifest.value, path) ?? {});
  const ours = keys.filter((key) => key.startsWith(prefix));
  return ours.map((key) => ({
    place: manifest.locate([...path, key]),
    message: `${key} on ${where} is not read; put it on the workload whose pods are meant, or, if this is one, add its kind to workloads.kinds in the settings`,
  }));
}
