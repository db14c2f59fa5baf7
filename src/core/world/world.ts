import { isDeepStrictEqual } from 'node:util';
import { readNamespace, readWorkload } from '../intent/annotations.ts';
import { readResource } from '../intent/resource.ts';
import { type Key, keyOf, partsOf } from '../model/identity.ts';
import { outermost } from '../model/range.ts';
import type { RangeRecord, ResourceRecord, WorldRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { addWriterKeys, affectedBy } from './affected.ts';
import { type Namespace, NamespaceState, type Resource, type Workload } from './namespace-state.ts';
import { References } from './references.ts';

/**
 * The indexed picture of the cluster. `put` and `remove` answer with the keys whose compiled output
 * may have changed: everything that was affected before the change, and everything that is after
 * it. There is no cache behind it: `compile(world, key)` reads the world afresh.
 */
export class World {
  readonly settings: Settings;
  readonly references = new References();
  readonly #namespaces = new Map<string, NamespaceState>();
  readonly #ranges = new Map<string, readonly string[]>();
  #clusterRanges: readonly string[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
    this.#clusterRanges = outermost(settings.clusterRanges);
  }

  /** Adds a record or replaces the one of the same identity; gives the keys to compile again. */
  put(record: WorldRecord): ReadonlySet<Key> {
    return this.#change(this.#find(record), record);
  }

  /** Removes the record of this identity; gives the keys to compile again. */
  remove(record: WorldRecord): ReadonlySet<Key> {
    const old = this.#find(record);
    return old === undefined ? new Set() : this.#change(old, undefined);
  }

  /** A namespace that exists (its Namespace object is there), with everything in it. */
  existing(name: string): NamespaceState | undefined {
    const state = this.#namespaces.get(name);
    return state?.object === undefined ? undefined : state;
  }

  /** A namespace of which anything is known, whether or not its Namespace object is there. */
  state(name: string): NamespaceState | undefined {
    return this.#namespaces.get(name);
  }

  workload(key: Key): Workload | undefined {
    return this.#namespaces.get(partsOf(key).namespace)?.workloads.get(key);
  }

  resource(key: Key): Resource | undefined {
    return this.#namespaces.get(partsOf(key).namespace)?.resources.get(key);
  }

  namespaces(): Iterable<readonly [string, NamespaceState]> {
    return this.#namespaces;
  }

  /** The cluster's own address ranges; empty when nothing tells of them. */
  get clusterRanges(): readonly string[] {
    return this.#clusterRanges;
  }

  /** Every key that compiles to something: all workloads, resources and namespaces. */
  *keys(): Iterable<Key> {
    for (const state of this.#namespaces.values()) {
      if (state.object !== undefined) yield state.object.key;
      yield* state.workloads.keys();
      yield* state.resources.keys();
    }
  }

  #change(old: WorldRecord | undefined, now: WorldRecord | undefined): ReadonlySet<Key> {
    const records = [old, now].filter((record) => record !== undefined);
    const keys = new Set<Key>();
    if (now !== undefined && isOnlyStatus(old, now)) {
      this.#store(now, true);
      return keys.add(keyOf(now));
    }
    const before = this.#clusterRanges;
    for (const record of records) affectedBy(this, record, keys);
    if (old !== undefined) this.#store(old, false);
    if (now !== undefined) this.#store(now, true);
    for (const record of records) affectedBy(this, record, keys);
    if (before.join() !== this.#clusterRanges.join()) {
      for (const key of this.references.toAddresses()) addWriterKeys(this, key, keys);
    }
    return keys;
  }

  #find(record: WorldRecord): WorldRecord | undefined {
    if (record.kind === 'ClusterRange') {
      const ranges = this.#ranges.get(record.source);
      return ranges && { ...record, ranges };
    }
    if (record.kind === 'Namespace') return this.#namespaces.get(record.name)?.object?.record;
    if (record.kind === 'NetworkPolicy') {
      const { namespace, name } = record.policy.metadata;
      return this.#namespaces.get(namespace)?.policies.get(name);
    }
    if (record.kind === 'Workload') return this.workload(keyOf(record.ref))?.record;
    if (record.kind === 'AppConnectivity') return this.resource(keyOf(record))?.record;
    return this.#namespaces.get(record.namespace)?.services.get(record.name);
  }

  #store(record: WorldRecord, present: boolean): void {
    if (record.kind === 'ClusterRange') {
      this.#storeRanges(record, present);
      return;
    }
    const name = recordNamespace(record);
    const state = this.#namespaces.get(name) ?? new NamespaceState();
    this.#namespaces.set(name, state);
    switch (record.kind) {
      case 'Namespace':
        this.#storeNamespace(state, this.readNamespace(record), present);
        break;
      case 'Workload': {
        const workload = this.readWorkload(record);
        this.#refer(workload.key, record.ref.namespace, workload.intent, present);
        state.setWorkload(workload.key, present ? workload : undefined);
        break;
      }
      case 'AppConnectivity': {
        const resource = this.readResource(record);
        this.#refer(resource.key, record.namespace, resource.intent, present);
        state.setResource(resource.key, present ? resource : undefined);
        break;
      }
      case 'Service':
        state.setService(record.name, present ? record : undefined);
        break;
      case 'NetworkPolicy':
        state.setPolicy(record.policy.metadata.name, present ? record : undefined);
    }
    if (state.empty) this.#namespaces.delete(name);
  }

  readWorkload(record: Extract<WorldRecord, { kind: 'Workload' }>): Workload {
    const intent = readWorkload(record, this.settings.clusterDomain);
    return { key: keyOf(record.ref), record, intent };
  }

  readResource(record: Extract<WorldRecord, { kind: 'AppConnectivity' }>): Resource {
    return { key: keyOf(record), record, intent: readResource(record) };
  }

  readNamespace(record: Extract<WorldRecord, { kind: 'Namespace' }>): Namespace {
    const key = keyOf({ kind: 'Namespace', namespace: '', name: record.name });
    return { key, record, intent: readNamespace(record, this.settings.clusterDomain) };
  }

  #storeNamespace(state: NamespaceState, namespace: Namespace, present: boolean): void {
    this.#refer(namespace.key, namespace.record.name, namespace.intent, present);
    state.object = present ? namespace : undefined;
  }

  #refer(
    key: Key,
    namespace: string,
    { declarations }: Pick<Workload['intent'], 'declarations'>,
    present: boolean,
  ): void {
    const writer = { key, namespace, declarations };
    if (present) this.references.add(writer);
    else this.references.remove(writer);
  }

  #storeRanges({ source, ranges }: RangeRecord, present: boolean): void {
    if (present) this.#ranges.set(source, ranges);
    else this.#ranges.delete(source);
    const found = [...this.#ranges.values()].flat();
    this.#clusterRanges = outermost([...this.settings.clusterRanges, ...found]);
  }
}

/** A new status says nothing to the stages: only whether it is the one that we would write. */
function isOnlyStatus(old: WorldRecord | undefined, now: WorldRecord): now is ResourceRecord {
  if (old?.kind !== 'AppConnectivity' || now.kind !== 'AppConnectivity') return false;
  return old.uid === now.uid && isDeepStrictEqual(old.spec, now.spec);
}

function recordNamespace(record: Exclude<WorldRecord, RangeRecord>): string {
  if (record.kind === 'Namespace') return record.name;
  if (record.kind === 'NetworkPolicy') return record.policy.metadata.namespace;
  return record.kind === 'Workload' ? record.ref.namespace : record.namespace;
}
