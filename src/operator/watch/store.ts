import { isDeepStrictEqual } from 'node:util';
import type { Handler } from './protocol.ts';

/** What a consumer is told. Replaying all changes from the start gives the store's contents. */
export type Change<T> =
  | { readonly kind: 'apply'; readonly key: string; readonly record: T }
  | { readonly kind: 'delete'; readonly key: string; readonly record: T };

/** An object that could not be read. */
export interface Problem {
  /** Undefined if not even its key could be read. */
  readonly key: string | undefined;
  readonly error: unknown;
}

export interface StoreOptions<O, T> {
  readonly keyOf: (object: O) => string;
  readonly uidOf: (object: O) => string;
  /** The trimmed record, or undefined for an object that is of no interest. */
  readonly parse: (object: O) => T | undefined;
  /**
   * Whether nobody needs to hear of the difference. Without it, records are compared by structure.
   * The store keeps the newer of two equal records, so what `equals` ignores may differ from what
   * consumers were told.
   */
  readonly equals?: (before: T, after: T) => boolean;
  /** Must not throw: a change is told once. */
  readonly onChange?: (change: Change<T>) => void;
  /** An object could not be read. */
  readonly onProblem?: (problem: Problem) => void;
}

/** The read side. It shows a relist all at once or not at all. */
export interface StoreView<T> {
  get(key: string): T | undefined;
  /** In no order. The iterator is live: do not hold it over an await. */
  entries(): IterableIterator<readonly [string, T]>;
  size(): number;
  /** A whole list has been taken in since the start. */
  hasSynced(): boolean;
  /** Resolves when that is so. */
  whenSynced(): Promise<void>;
  /** Objects that cannot be read at present; what is known of them is old, or nothing. */
  problems(): ReadonlyMap<string, unknown>;
}

/** Both sides of one store: the reflector writes, everyone else has the view. */
export interface Store<O, T> {
  readonly view: StoreView<T>;
  readonly writer: Handler<O>;
}

interface Entry<T> {
  readonly uid: string;
  readonly record: T;
}

/**
 * A picture of one kind, kept by the relist protocol of `Handler`.
 *
 * - A relist fills a buffer; `end` swaps it in, then tells what differs: applies first, then the
 *   deletes of what was not listed. While consumers are told, the view is already the new one.
 * - A changed uid under one key is a delete and an apply.
 * - An object that `parse` throws on is reported and stands in `problems`. If it is the object of
 *   before (same uid), its last readable record stays: "unreadable" is not "gone". If it is another
 *   object, the old record is deleted, for that object is gone.
 * - If not even the key of a listed object can be read, what looks absent may be that very object:
 *   that relist deletes nothing, and does not count as the first whole list.
 */
export function createStore<O, T>(options: StoreOptions<O, T>): Store<O, T> {
  const contents = new Contents(options);
  return {
    view: {
      get: (key) => contents.entries.get(key)?.record,
      entries: () => contents.records(),
      size: () => contents.entries.size,
      hasSynced: () => contents.synced,
      whenSynced: () => contents.ready.promise,
      problems: () => contents.problems,
    },
    writer: {
      begin: () => contents.begin(),
      item: (object) => contents.item(object),
      end: () => contents.end(),
      apply: (object) => contents.apply(object),
      delete: (object) => contents.delete(object),
    },
  };
}

/** A relist that has begun and not ended. */
interface Buffer<T> {
  readonly entries: Map<string, Entry<T>>;
  readonly problems: Map<string, unknown>;
  /** Keys that were listed without a record. */
  readonly without: Set<string>;
  /** Every object in it had a key. */
  whole: boolean;
}

/** For a relist that is not whole: what it did not speak of stays as it was. */
function keepUnlisted<T>(before: ReadonlyMap<string, Entry<T>>, buffer: Buffer<T>): void {
  for (const [key, entry] of before) {
    if (!buffer.entries.has(key) && !buffer.without.has(key)) buffer.entries.set(key, entry);
  }
}

class Contents<O, T> {
  entries = new Map<string, Entry<T>>();
  problems = new Map<string, unknown>();
  synced = false;
  readonly ready = Promise.withResolvers<void>();
  readonly #options: StoreOptions<O, T>;
  #buffer: Buffer<T> | undefined;

  constructor(options: StoreOptions<O, T>) {
    this.#options = options;
  }

  *records(): IterableIterator<readonly [string, T]> {
    for (const [key, { record }] of this.entries) yield [key, record];
  }

  begin(): void {
    this.#buffer = {
      entries: new Map(),
      problems: new Map(),
      without: new Set(),
      whole: true,
    };
  }

  item(object: O): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const named = this.#nameOf(object);
    if (named === undefined) {
      buffer.whole = false;
      return;
    }
    const { key, uid } = named;
    const entry = this.#read(key, uid, object, buffer.problems);
    if (entry === undefined) buffer.without.add(key);
    else buffer.entries.set(key, entry);
  }

  end(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#buffer = undefined;
    const before = this.entries;
    if (!buffer.whole) keepUnlisted(before, buffer);
    this.entries = buffer.entries;
    this.problems = buffer.problems;
    const changed = this.#settle(before);
    if (buffer.whole) {
      this.synced = true;
      this.ready.resolve();
    }
    for (const change of changed) this.#options.onChange?.(change);
  }

  apply(object: O): void {
    const named = this.#nameOf(object);
    if (named === undefined) return;
    const { key, uid } = named;
    const before = this.entries.get(key);
    const after = this.#read(key, uid, object, this.problems);
    this.#put(key, before, after);
  }

  delete(object: O): void {
    const named = this.#nameOf(object);
    if (named === undefined) return;
    const { key, uid } = named;
    const before = this.entries.get(key);
    // A late word about an object that another one of the same name has replaced.
    if (before !== undefined && before.uid !== uid) return;
    this.problems.delete(key);
    this.#put(key, before, undefined);
  }

  #put(key: string, before: Entry<T> | undefined, after: Entry<T> | undefined): void {
    const changes = this.#changesOf(key, before, after);
    if (after === undefined) this.entries.delete(key);
    else this.entries.set(key, this.#kept(before, after, changes));
    for (const change of changes) this.#options.onChange?.(change);
  }

  /** The changes from `before` to what the entries are now. */
  #settle(before: ReadonlyMap<string, Entry<T>>): readonly Change<T>[] {
    const changed: Change<T>[] = [];
    for (const [key, after] of this.entries) {
      const old = before.get(key);
      const changes = this.#changesOf(key, old, after);
      this.entries.set(key, this.#kept(old, after, changes));
      changed.push(...changes);
    }
    for (const [key, { record }] of before) {
      if (!this.entries.has(key)) changed.push({ kind: 'delete', key, record });
    }
    return changed;
  }

  #changesOf(
    key: string,
    before: Entry<T> | undefined,
    after: Entry<T> | undefined,
  ): readonly Change<T>[] {
    const gone: Change<T>[] =
      before === undefined ? [] : [{ kind: 'delete', key, record: before.record }];
    if (after === undefined) return gone;
    const applied: Change<T> = { kind: 'apply', key, record: after.record };
    if (before?.uid !== after.uid) return [...gone, applied];
    return this.#equal(before.record, after.record) ? [] : [applied];
  }

  /** Of two records that are equal in all, the one that consumers hold already is kept. */
  #kept(before: Entry<T> | undefined, after: Entry<T>, changes: readonly Change<T>[]): Entry<T> {
    const same = changes.length === 0 && this.#options.equals === undefined;
    return same ? (before ?? after) : after;
  }

  #equal(before: T, after: T): boolean {
    return (
      before === after ||
      (this.#options.equals?.(before, after) ?? isDeepStrictEqual(before, after))
    );
  }

  /** What is now known of an object: nothing if it is of no interest, or unreadable and new. */
  #read(key: string, uid: string, object: O, problems: Map<string, unknown>): Entry<T> | undefined {
    try {
      const record = this.#options.parse(object);
      problems.delete(key);
      return record === undefined ? undefined : { uid, record };
    } catch (error) {
      problems.set(key, error);
      this.#complain({ key, error });
      const known = this.entries.get(key);
      return known?.uid === uid ? known : undefined;
    }
  }

  #nameOf(object: O): { key: string; uid: string } | undefined {
    try {
      return { key: this.#options.keyOf(object), uid: this.#options.uidOf(object) };
    } catch (error) {
      this.#complain({ key: undefined, error });
      return undefined;
    }
  }

  #complain(problem: Problem): void {
    try {
      this.#options.onProblem?.(problem);
    } catch {
      // There is nobody left to tell.
    }
  }
}
