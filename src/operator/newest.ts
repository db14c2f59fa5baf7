import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord, ResourceRecord, WorldRecord } from '../core/model/records.ts';
import type { Change } from './watch/store.ts';

/** What we write, so that answers tell of it as well as watches. */
export type Written = PolicyRecord | ResourceRecord;

/** What an answer told of an object: this version, or that it is gone. */
interface Answer {
  readonly record: Written;
  readonly gone: boolean;
}

/**
 * How far answers of the API server are ahead of the watches. A watch comes behind with one version
 * after another: until it has told what an answer did, it tells of the past. A list overrules answers
 * that came before it was asked for, since it knows more or comes from a server that never gave them
 * (a restore), and those that its own version does not precede. Of a write that is under way when a list
 * is asked for or told nobody can say which was first: its answer does not count, since the list, or
 * the watch that follows it, tells what came of it.
 */
export class Newest {
  readonly #ahead = new Map<string, Answer>();
  /** Those that a list which has begun since has to confirm. */
  readonly #unproved = new Map<string, Answer>();
  readonly #lists = new Map<string, number>();

  /** An answer told of this version, or that the object is gone, and no watch has done so yet. */
  note(record: Written, gone = false): void {
    const name = nameOf(record);
    this.#ahead.set(name, { record, gone });
    this.#unproved.delete(name);
  }

  /** Whether what a watch tells of an object, or of its end, is older than what an answer told. */
  isPast(kind: 'apply' | 'delete', record: WorldRecord): boolean {
    if (!isWritten(record)) return false;
    const name = nameOf(record);
    const answer = this.#ahead.get(name);
    if (answer === undefined) return false;
    if (isBefore(kind, record, answer)) return true;
    this.#ahead.delete(name);
    return false;
  }

  /** Grows whenever a list of this kind is asked for, or told: to be compared after a write. */
  listsOf(kind: string): number {
    return this.#lists.get(kind) ?? 0;
  }

  /** A list of this kind is about to be asked for. */
  beginList(kind: string): void {
    this.#lists.set(kind, this.listsOf(kind) + 1);
    this.#doubt(kind, () => true);
  }

  /**
   * A whole list of this kind has been told, as of this version, by which it `has` objects under their
   * `namespace/name`. Gives what is to be told besides: of objects that answers told of and that it
   * overrules, what it has, since who listens has heard of them only from those answers.
   */
  endList(
    kind: string,
    version: string,
    has: (name: string) => WorldRecord | undefined,
  ): readonly Change<WorldRecord>[] {
    this.#lists.set(kind, this.listsOf(kind) + 1);
    this.#doubt(kind, ({ record, gone }) => !gone && !isOlder(version, record.resourceVersion));
    const told: Change<WorldRecord>[] = [];
    for (const [name, { record, gone }] of this.#unproved) {
      if (record.kind !== kind) continue;
      this.#unproved.delete(name);
      const key = name.slice(kind.length + 1);
      const now = has(key);
      if (now !== undefined) told.push({ kind: 'apply', key, record: now });
      else if (!gone) told.push({ kind: 'delete', key, record });
    }
    return told;
  }

  /** Until a list has been told, nothing is known of these. */
  #doubt(kind: string, which: (answer: Answer) => boolean): void {
    for (const [name, answer] of this.#ahead) {
      if (answer.record.kind !== kind || !which(answer)) continue;
      this.#ahead.delete(name);
      this.#unproved.set(name, answer);
    }
  }
}

export function isWritten(record: WorldRecord): record is Written {
  return record.kind === 'NetworkPolicy' || record.kind === 'AppConnectivity';
}

function nameOf(record: Written): string {
  if (record.kind === 'NetworkPolicy') return `${record.kind}/${nameOfPolicy(record.policy)}`;
  return `${record.kind}/${record.namespace}/${record.name}`;
}

function isBefore(kind: 'apply' | 'delete', told: Written, { record, gone }: Answer): boolean {
  // Of an end only what ended counts: one that was made anew under its name is another object.
  if (kind === 'delete') return told.uid !== record.uid;
  if (gone && told.uid === record.uid) return true;
  return isOlder(told.resourceVersion, record.resourceVersion);
}

/**
 * Whether one version is older than another of the same kind, whatever objects they are of: positive
 * decimal numbers that count up (KEP-5504). A text that is none is never older.
 */
export function isOlder(one: string, other: string): boolean {
  if (!isVersion(one) || !isVersion(other)) return false;
  return one.length === other.length ? one < other : one.length < other.length;
}

function isVersion(text: string): boolean {
  return /^[1-9][0-9]*$/.test(text);
}
