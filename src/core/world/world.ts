import { isDeepStrictEqual } from 'node:util';
import { type Key, keyOf, partsOf } from '../model/identity.ts';
import { outermost } from '../model/range.ts';
import type { RangeRecord, WorldRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { addWriterKeys, affectedBy, affectedByTexts } from './affected.ts';
import { type Item, namespaceOf, readItem } from './item.ts';
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
  /** Made when it is asked for: a start tells of as many ranges as there are nodes. */
  #clusterRanges: readonly string[] | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** Adds a record or replaces the one of the same identity; gives the keys to compile again. */
  put(record: WorldRecord): ReadonlySet<Key> {
    return this.#change(this.#find(record), this.#read(record));
  }

  /** Removes the record of this identity; gives the keys to compile again. */
  remove(record: WorldRecord): ReadonlySet<Key> {
    const old = this.#find(record);
    return old === undefined ? new Set() : this.#change(old, undefined);
  }

  /**
   * As `put` of each, without asking what that affects: for a world of which nothing has been
   * compiled yet, or where everything is going to be.
   */
  load(records: Iterable<WorldRecord>): void {
    for (const record of records) this.#replace(this.#find(record), this.#read(record));
  }

  /** A namespace that exists, with everything in it. */
  existing(name: string): NamespaceState | undefined {
    const state = this.#namespaces.get(name);
    return state?.exists ? state : undefined;
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
    this.#clusterRanges ??= outermost([
      ...this.settings.clusterRanges,
      ...[...this.#ranges.values()].flat(),
    ]);
    return this.#clusterRanges;
  }

  /**
   * Every key that compiles to something: of each namespace its workloads and resources, then the
   * namespace, whose default-deny waits for them.
   */
  *keys(): Iterable<Key> {
    for (const state of this.#namespaces.values()) {
      yield* state.workloads.keys();
      yield* state.resources.keys();
      if (state.object !== undefined) yield state.object.key;
    }
  }

  #change(old: Item | undefined, now: Item | undefined): ReadonlySet<Key> {
    const keys = new Set<Key>();
    if (now !== undefined && isOnlyStatus(old, now)) {
      this.#store(now, true);
      return keys.add(now.resource.key);
    }
    const items = [old, now].filter((item) => item !== undefined);
    const [any] = items;
    if (any?.kind === 'ClusterRange') return this.#changeRanges(old, now);
    const place = any === undefined ? '' : namespaceOf(any);
    const existed = this.existing(place) !== undefined;
    const onlyTexts = differInTexts(old, now);
    const ask = (item: Item) =>
      onlyTexts && item.kind === 'Workload'
        ? affectedByTexts(this, item.workload, keys)
        : affectedBy(this, item, keys);
    items.forEach(ask);
    this.#replace(old, now);
    items.forEach(ask);
    if (existed !== (this.existing(place) !== undefined)) {
      this.#addWriters(this.references.toNamespace(place), keys);
    }
    return keys;
  }

  #changeRanges(old: Item | undefined, now: Item | undefined): ReadonlySet<Key> {
    const keys = new Set<Key>();
    const before = this.clusterRanges;
    this.#replace(old, now);
    if (before.join() !== this.clusterRanges.join()) {
      this.#addWriters(this.references.toAddresses(), keys);
    }
    return keys;
  }

  #addWriters(writers: ReadonlySet<Key>, keys: Set<Key>): void {
    for (const writer of writers) addWriterKeys(this, writer, keys);
  }

  #read(record: WorldRecord): Item {
    return readItem(record, this.settings.clusterDomain);
  }

  /** The item of the same identity that the world holds. */
  #find(record: WorldRecord): Item | undefined {
    switch (record.kind) {
      case 'ClusterRange': {
        const ranges = this.#ranges.get(record.source);
        return ranges && { ...record, ranges };
      }
      case 'Namespace': {
        const object = this.#namespaces.get(record.name)?.object;
        return object && { kind: 'Namespace', object };
      }
      case 'NetworkPolicy': {
        const { namespace, name } = record.policy.metadata;
        return this.#namespaces.get(namespace)?.policies.get(name);
      }
      case 'Workload': {
        const workload = this.workload(keyOf(record.ref));
        return workload && { kind: 'Workload', workload };
      }
      case 'AppConnectivity': {
        const resource = this.resource(keyOf(record));
        return resource && { kind: 'AppConnectivity', resource };
      }
      case 'Service':
        return this.#namespaces.get(record.namespace)?.services.get(record.name);
    }
  }

  #replace(old: Item | undefined, now: Item | undefined): void {
    if (old !== undefined) this.#store(old, false);
    if (now !== undefined) this.#store(now, true);
  }

  #store(item: Item, present: boolean): void {
    if (item.kind === 'ClusterRange') {
      this.#storeRanges(item, present);
      return;
    }
    const name = namespaceOf(item);
    const state = this.#namespaces.get(name) ?? new NamespaceState(name, this.settings);
    this.#namespaces.set(name, state);
    switch (item.kind) {
      case 'Namespace':
        this.#refer(item.object, name, present);
        state.object = present ? item.object : undefined;
        break;
      case 'Workload':
        this.#refer(item.workload, name, present);
        state.setWorkload(item.workload.key, present ? item.workload : undefined);
        break;
      case 'AppConnectivity':
        this.#refer(item.resource, name, present);
        state.setResource(item.resource.key, present ? item.resource : undefined);
        break;
      case 'Service':
        state.setService(item.name, present ? item : undefined);
        break;
      case 'NetworkPolicy':
        state.setPolicy(item.policy.metadata.name, present ? item : undefined);
    }
    if (state.empty) this.#namespaces.delete(name);
  }

  #refer({ key, intent }: Workload | Resource | Namespace, namespace: string, present: boolean) {
    const writer = { key, namespace, declarations: intent.declarations };
    if (present) this.references.add(writer);
    else this.references.remove(writer);
  }

  #storeRanges({ source, ranges }: RangeRecord, present: boolean): void {
    if (present) this.#ranges.set(source, ranges);
    else this.#ranges.delete(source);
    this.#clusterRanges = undefined;
  }
}

/** A new status says nothing to the stages: only whether it is the one that we would write. */
function isOnlyStatus(
  old: Item | undefined,
  now: Item,
): now is Extract<Item, { kind: 'AppConnectivity' }> {
  if (old?.kind !== 'AppConnectivity' || now.kind !== 'AppConnectivity') return false;
  const [before, after] = [old.resource.record, now.resource.record];
  return before.uid === after.uid && isDeepStrictEqual(before.spec, after.spec);
}

/** Whether a workload stays what it was, and at most says something else. */
function differInTexts(old: Item | undefined, now: Item | undefined): boolean {
  if (old?.kind !== 'Workload' || now?.kind !== 'Workload') return false;
  const { texts } = now.workload.record;
  return isDeepStrictEqual({ ...old.workload.record, texts }, now.workload.record);
}
