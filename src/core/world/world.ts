import { isDeepStrictEqual } from 'node:util';
import { type Key, keyOf, partsOf } from '../model/identity.ts';
import type { PolicyRecord, WorldRecord } from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { affectedBy, affectedByTexts } from './affected.ts';
import { affectedByExistence, affectedByNode } from './affected-outside.ts';
import {
  differInTexts,
  type Item,
  isNamespaced,
  isOnlyStatus,
  type NamespacedItem,
  namespaceOf,
  readItem,
  refusedIn,
  sourceIn,
} from './item.ts';
import { Meant } from './meant.ts';
import { NamespaceState, type Resource, type Source, type Workload } from './namespace-state.ts';
import { Outside } from './outside.ts';
import { RangeSources } from './range-sources.ts';
import { References } from './references.ts';
import { declaredDeny, isWaiting, modeOf } from './subjects.ts';
import { addAll, addWriterKeys } from './writer-keys.ts';

/**
 * The indexed picture of the cluster. `put` and `remove` answer with the keys whose compiled output
 * may have changed: everything that was affected before the change, and everything that is after
 * it. There is no cache behind it: `compile(world, key)` reads the world afresh.
 */
export class World {
  readonly settings: Settings;
  readonly references = new References();
  readonly outside = new Outside();
  readonly rangeSources: RangeSources;
  readonly #namespaces = new Map<string, NamespaceState>();
  /** Who stands for entries that mean pods of several namespaces. */
  readonly meant = new Meant(this.#namespaces);
  readonly #letGo: Set<string> | undefined;

  /** `paced`: what only the configuration denies waits until it is let go. */
  constructor(settings: Settings, { paced = false } = {}) {
    this.settings = settings;
    this.rangeSources = new RangeSources(settings.clusterRanges);
    this.#letGo = paced ? new Set() : undefined;
  }

  /** The turn of a namespace has come; gives the keys to compile again. */
  letGo(name: string): ReadonlySet<Key> {
    const keys = new Set<Key>();
    const state = this.#namespaces.get(name);
    const object = state !== undefined && isWaiting(state) ? state.object : undefined;
    this.#letGo?.add(name);
    if (object !== undefined) affectedBy(this, { kind: 'Namespace', object }, keys);
    return keys;
  }

  /** A namespace that is not to be denied any more, or is gone: should it be again, it waits. */
  forgetTurn(name: string): void {
    this.#letGo?.delete(name);
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
    for (const record of records) {
      const old = this.#find(record);
      const now = this.#read(record);
      this.#replace(old, now);
      for (const [before, after] of this.#reread(old, now)) this.#replace(before, after);
    }
  }

  /**
   * As `put`, of a policy that we have just written, or as `remove`, of one that we have deleted: who
   * planned that knows of it, so only those are given who read it as what was accepted last, or as
   * what their namespace was.
   */
  takeWritten(record: PolicyRecord, present: boolean): ReadonlySet<Key> {
    const keys = new Set<Key>();
    const old = this.#find(record);
    const now = present ? record : undefined;
    const { namespace } = record.policy.metadata;
    const before = this.#isolationOf(namespace);
    this.#replace(old, now);
    this.#changeReaders(old, now, keys);
    const state = this.#namespaces.get(namespace);
    if (state !== undefined && this.#isolationOf(namespace) !== before) addAll(state, keys);
    return keys;
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
    return this.rangeSources.ranges;
  }

  /**
   * Every key that compiles to something: of each namespace its workloads and resources, then the
   * namespace, whose default-deny waits for them.
   */
  *keys(): Iterable<Key> {
    for (const state of this.#namespaces.values()) {
      yield* state.workloads.keys();
      yield* state.resources.keys();
      if (state.object !== undefined || state.strayServices.size > 0) yield state.key;
    }
  }

  /** Mode and default-deny of a namespace, as text. */
  #isolationOf(namespace: string): string {
    const state = this.#namespaces.get(namespace);
    return state === undefined ? '' : `${modeOf(state)} ${[...declaredDeny(state)].sort().join()}`;
  }

  #change(old: Item | undefined, now: Item | undefined): ReadonlySet<Key> {
    const keys = new Set<Key>();
    this.#changeOne(old, now, keys);
    this.#changeReaders(old, now, keys);
    return keys;
  }

  #changeOne(old: Item | undefined, now: Item | undefined, keys: Set<Key>): void {
    if (now !== undefined && isOnlyStatus(old, now)) {
      this.#store(now, true);
      keys.add(now.resource.key);
      return;
    }
    const items = [old, now].filter((item) => item !== undefined);
    const [any] = items;
    if (any?.kind === 'ClusterRange') {
      this.#changeRanges(old, now, keys);
      return;
    }
    const place = any !== undefined && isNamespaced(any) ? namespaceOf(any) : '';
    const existed = this.existing(place) !== undefined;
    const onlyTexts = differInTexts(old, now);
    const ask = (item: Item) =>
      onlyTexts && item.kind === 'Workload'
        ? affectedByTexts(this, item.workload, keys)
        : affectedBy(this, item, keys);
    items.forEach(ask);
    this.#replace(old, now);
    items.forEach(ask);
    if (existed !== (this.existing(place) !== undefined)) affectedByExistence(this, place, keys);
  }

  /** A policy came, changed or went: what it remembers is part of what others say. */
  #changeReaders(old: Item | undefined, now: Item | undefined, keys: Set<Key>): void {
    for (const [before, after] of this.#reread(old, now)) this.#changeOne(before, after, keys);
  }

  /** Who has an invalid text and reads otherwise, now that this policy is another one. */
  *#reread(old: Item | undefined, now: Item | undefined): Iterable<readonly [Item, Item]> {
    for (const item of [old, now]) {
      if (item?.kind !== 'NetworkPolicy') continue;
      const state = this.#namespaces.get(item.policy.metadata.namespace);
      for (const before of state === undefined ? [] : refusedIn(state, item.policy)) {
        const after = this.#readAgain(before);
        if (after !== undefined) yield [before, after];
      }
    }
  }

  /** The item as its texts read now; undefined when they read as before. */
  #readAgain(item: Item): Item | undefined {
    const source = sourceIn(item);
    const again = source && this.#read(source.record);
    const same = again && isDeepStrictEqual(sourceIn(again)?.intent, source.intent);
    return same ? undefined : again;
  }

  #changeRanges(old: Item | undefined, now: Item | undefined, keys: Set<Key>): void {
    const told = () => `${this.rangeSources.knowsPods} ${this.clusterRanges.join()}`;
    const before = told();
    const wasGke = this.rangeSources.isGke;
    this.#replace(old, now);
    if (before !== told()) {
      for (const writer of this.references.toAddresses()) addWriterKeys(this, writer, keys);
    }
    const [from, to] = [old, now].map((item) => (item?.kind === 'ClusterRange' ? item : undefined));
    affectedByNode(this, from, to, wasGke, keys);
  }

  #read(record: WorldRecord): Item {
    const stateOf = (namespace: string) => this.#namespaces.get(namespace);
    return readItem(record, this.settings, stateOf);
  }

  /** The item of the same identity that the world holds. */
  #find(record: WorldRecord): Item | undefined {
    switch (record.kind) {
      case 'ClusterRange':
        return this.rangeSources.find(record);
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
      default:
        return this.outside.find(record);
    }
  }

  #replace(old: Item | undefined, now: Item | undefined): void {
    if (old !== undefined) this.#store(old, false);
    if (now !== undefined) this.#store(now, true);
  }

  #store(item: Item, present: boolean): void {
    if (item.kind === 'ClusterRange') this.rangeSources.set(item, present);
    else if (isNamespaced(item)) this.#storeIn(namespaceOf(item), item, present);
    else this.outside.set(item, present);
  }

  #storeIn(name: string, item: NamespacedItem, present: boolean): void {
    const known = this.#namespaces.get(name);
    const state = known ?? new NamespaceState(name, this.settings, this.#letGo);
    this.#namespaces.set(name, state);
    const source = sourceIn(item);
    if (source !== undefined) this.#refer(source, state, present);
    switch (item.kind) {
      case 'Namespace':
        state.object = present ? item.object : undefined;
        break;
      case 'Workload':
        state.setWorkload(item.workload.key, present ? item.workload : undefined);
        break;
      case 'AppConnectivity':
        state.setResource(item.resource.key, present ? item.resource : undefined);
        break;
      case 'Service':
        state.setService(item.name, present ? item : undefined);
        break;
      case 'NetworkPolicy':
        state.setPolicy(item.policy.metadata.name, present ? item : undefined);
    }
    if (state.empty) this.#namespaces.delete(name);
    this.meant.forget(item.kind, this.#namespaces.get(name) !== known);
  }

  #refer({ key, intent }: Source, state: NamespaceState, present: boolean): void {
    const writer = { key, namespace: partsOf(key).namespace, declarations: intent.declarations };
    if (present) this.references.add(writer);
    else this.references.remove(writer);
    if (present && intent.refused) state.refused.add(key);
    else state.refused.delete(key);
  }
}
