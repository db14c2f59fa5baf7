import { prefix } from '../core/intent/keys.ts';
import { type Key, keyOf, type ObjectRef } from '../core/model/identity.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { isRecord, readObject } from '../core/record/read.ts';
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
const clusterKinds: ReadonlySet<string> = new Set(['Namespace', 'Node', 'ServiceCIDR']);

/**
 * Reads manifests into records. Objects without a namespace get `namespace`. Problems: objects that
 * cannot be read, that are given twice, or that say something to us and are of a kind that is not
 * read.
 */
export function loadRecords(manifests: readonly Manifest[], namespace: string): Loaded {
  const records: WorldRecord[] = [];
  const problems: InputProblem[] = [];
  const places = new Map<Key, Manifest>();
  for (const manifest of manifests) {
    const placed = withNamespace(manifest, namespace);
    const key = keyOf({ kind: manifest.kind, ...namesOf(placed) });
    const read = readObject(manifest.apiVersion, manifest.kind, placed);
    if (isRecord(read)) {
      const first = places.get(key);
      if (first !== undefined) problems.push(givenTwice(first, manifest, key));
      places.set(key, manifest);
      records.push(read);
    } else if (read !== undefined) {
      const subject = concernsName(read.path) ? manifest.kind : key;
      const message = `${subject}: ${read.path.join('.')}: ${read.problem}`;
      problems.push({ place: manifest.locate(read.path), message });
    } else problems.push(...unreadIntent(manifest));
  }
  const locate = (object: ObjectRef, path: FieldPath, offset?: number) =>
    places.get(keyOf(object))?.locate(path, offset) ?? keyOf(object);
  return { records, problems, locate };
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

/** Kind, namespace and name of a manifest; '' where it does not give one as a text. */
export function nameOfManifest(manifest: Manifest, namespace: string) {
  const { metadata } = withNamespace(manifest, namespace);
  const names = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
  const own = clusterKinds.has(manifest.kind) ? '' : textOf(names.namespace);
  return { kind: manifest.kind, namespace: own, name: textOf(names.name) };
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

function givenTwice(first: Manifest, second: Manifest, key: Key): InputProblem {
  const message = `${key} is given twice, first at ${first.locate([])}; the last one counts`;
  return { place: second.locate([]), message, isDuplicate: true };
}

/** Where pod templates stand in the kinds that nothing reads, such as Job, CronJob and Rollout. */
const templates: readonly FieldPath[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];

/**
 * What is written for us on an object that nothing reads must not be lost in silence. What a
 * controller makes has it from its owner: a ReplicaSet carries its Deployment's annotations.
 */
function unreadIntent(manifest: Manifest): InputProblem[] {
  const owners = valueAt(manifest.value, ['metadata', 'ownerReferences']);
  if (Array.isArray(owners) && owners.some((each) => valueAt(each, ['controller']) === true)) {
    return [];
  }
  const kind = `${manifest.kind} (${manifest.apiVersion})`;
  return [
    ...unreadKeys(manifest, [], `a ${kind}`),
    ...templates.flatMap((path) => unreadKeys(manifest, path, `the pod template of a ${kind}`)),
  ];
}

function unreadKeys(manifest: Manifest, base: FieldPath, where: string): InputProblem[] {
  const path = [...base, 'metadata', 'annotations'];
  const keys = Object.keys(valueAt(manifest.value, path) ?? {});
  const ours = keys.filter((key) => key.startsWith(prefix));
  return ours.map((key) => ({
    place: manifest.locate([...path, key]),
    message: `${key} on ${where} is not supported yet`,
  }));
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<string, unknown> | null | undefined)?.[part],
    value,
  );
}
