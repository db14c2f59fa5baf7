import { isDeepStrictEqual } from 'node:util';
import type { AddressesRecord } from '../../core/model/records.ts';
import type { Clock } from '../clock.ts';
import {
  type Answer,
  type Family,
  families,
  type HostState,
  recall,
  recordOf,
  step,
} from './machine.ts';
import { chooseNames, type NameLimits, type WantedNames } from './names.ts';
import type { HostPace } from './pace.ts';
import type { HostResolver } from './resolver.ts';
import { Turns } from './turns.ts';

export interface KeeperOptions {
  readonly clock: Clock;
  /** Milliseconds since the epoch: when a grace ends is told to people, and to those who come after. */
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly resolver: Pick<HostResolver, 'ask'>;
  readonly pace: HostPace;
  readonly limits: NameLimits;
  /** Queries that run at once. */
  readonly concurrency: number;
  /** Whether an address leads into the cluster: no policy is made of it. */
  readonly isInternal: (address: string) => boolean;
  /** What is known of a name is another thing now. */
  readonly onRecord: (record: AddressesRecord) => void;
  /** Nobody mentions the name any more. */
  readonly onGone: (record: AddressesRecord) => void;
  readonly onAnswer: (family: Family, answer: Answer) => void;
}

interface Kept {
  state: HostState;
  record: AddressesRecord;
  /** Those that mention it. */
  namespaces: ReadonlySet<string>;
  readonly asked: Set<Family>;
  /** When an answer had an address last; when it was begun with, until then. */
  answered: number;
  readonly timers: Map<Family, () => void>;
}

/** One family of a name. */
class Question {
  readonly name: string;
  readonly kept: Kept;
  readonly family: Family;

  constructor(name: string, kept: Kept, family: Family) {
    this.name = name;
    this.kept = kept;
    this.family = family;
  }

  get namespaces(): ReadonlySet<string> {
    return this.kept.namespaces;
  }
}

/** What the metrics tell of it. */
export interface KeeperSnapshot {
  readonly resolved: number;
  readonly unresolved: number;
  /** Names that there are too many to ask for. */
  readonly left: number;
  /** Seconds since the last answer with an address, of the name of which that is longest. */
  readonly oldestAnswerSeconds: number;
}

/**
 * Asks for the addresses of the names that are wanted, again and again, and tells when what is in
 * force changes. It holds no name that is not wanted, and asks for none.
 */
export class HostKeeper {
  readonly #options: KeeperOptions;
  readonly #kept = new Map<string, Kept>();
  /** Names beyond the limits, of which it is told that nobody asks for them. */
  readonly #left = new Map<string, AddressesRecord>();
  /** Questions that are due. */
  readonly #turns: Turns<Question>;
  #waiting: (() => void)[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#turns = new Turns(options.concurrency);
  }

  /** Keeps these names and no others. `remembered` is what is known of those that are new. */
  want(names: WantedNames, remembered: ReadonlyMap<string, AddressesRecord> = new Map()): void {
    const { limits, onGone, onRecord } = this.#options;
    const isKept = (name: string) => this.#kept.has(name) || remembered.has(name);
    const chosen = chooseNames(names, isKept, limits);
    for (const [name, kept] of this.#kept) if (!chosen.has(name)) this.#drop(name, kept);
    for (const [name, record] of this.#left) {
      if (names.has(name) && !chosen.has(name)) continue;
      this.#left.delete(name);
      onGone(record);
    }
    for (const [name, namespaces] of names) {
      const kept = this.#kept.get(name);
      if (kept !== undefined) kept.namespaces = namespaces;
      else if (chosen.has(name)) this.#begin(name, namespaces, remembered.get(name));
      if (chosen.has(name) || this.#left.has(name)) continue;
      const record: AddressesRecord = { ...nothing, of: name, why: 'TooManyNames' };
      this.#left.set(name, record);
      onRecord(record);
    }
    this.#tellAsked();
  }

  /** Asks for nothing any more and forgets all names, without a word. */
  stop(): void {
    for (const { timers } of this.#kept.values()) for (const cancel of timers.values()) cancel();
    this.#kept.clear();
    this.#left.clear();
    this.#tellAsked();
  }

  /** Resolves once every name that is kept by then has been asked for, whatever was answered. */
  whenAsked(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#tellAsked();
    });
  }

  snapshot(): KeeperSnapshot {
    const kept = [...this.#kept.values()];
    const resolved = kept.filter(({ record }) => record.addresses.length > 0);
    const oldest = Math.min(...resolved.map(({ answered }) => answered));
    const now = this.#options.clock.now();
    return {
      resolved: resolved.length,
      unresolved: kept.length - resolved.length,
      left: this.#left.size,
      oldestAnswerSeconds: resolved.length === 0 ? 0 : (now - oldest) / 1000,
    };
  }

  #begin(
    name: string,
    namespaces: ReadonlySet<string>,
    remembered: AddressesRecord | undefined,
  ): void {
    const { pace, clock, onRecord } = this.#options;
    const state = recall(remembered, this.#moment());
    const record = recordOf(name, state, { now: this.#options.wallClock(), pace });
    const timers = new Map<Family, () => void>();
    const answered = clock.now();
    const kept: Kept = { state, record, namespaces, asked: new Set(), answered, timers };
    this.#kept.set(name, kept);
    if (record.addresses.length > 0) onRecord(record);
    for (const family of families) this.#turns.add(new Question(name, kept, family));
    this.#run();
  }

  #drop(name: string, kept: Kept): void {
    this.#kept.delete(name);
    for (const cancel of kept.timers.values()) cancel();
    this.#options.onGone(kept.record);
  }

  /** Begins queries while there is room; what is not wanted any more has no turn. */
  #run(): void {
    for (let turn = this.#turns.take(); turn !== undefined; turn = this.#turns.take()) {
      const { question, done } = turn;
      if (this.#isKept(question)) void this.#ask(question, done);
      else done();
    }
  }

  #isKept({ name, kept }: Question): boolean {
    return this.#kept.get(name) === kept;
  }

  async #ask(question: Question, done: () => void): Promise<void> {
    const answer = await this.#options.resolver.ask(question.name, question.family);
    done();
    if (this.#isKept(question)) this.#take(question, answer);
    this.#run();
    this.#tellAsked();
  }

  #take(question: Question, answer: Answer): void {
    const { name, kept, family } = question;
    const { clock, pace, onRecord, onAnswer } = this.#options;
    onAnswer(family, answer);
    const moment = this.#moment();
    const { state, wait } = step(kept.state, family, answer, moment);
    kept.state = state;
    kept.asked.add(family);
    if ('addresses' in answer) kept.answered = clock.now();
    const again = () => {
      this.#turns.add(question);
      this.#run();
    };
    kept.timers.set(family, clock.setTimer(wait, again));
    const record = recordOf(name, state, { now: moment.now, pace });
    if (isDeepStrictEqual(record, kept.record)) return;
    kept.record = record;
    onRecord(record);
  }

  #moment() {
    const { wallClock, random, pace, isInternal } = this.#options;
    return { now: wallClock(), chance: random(), pace, isInternal };
  }

  #tellAsked(): void {
    const isAsked = ({ asked }: Kept) => asked.size === families.length;
    if (this.#waiting.length === 0 || ![...this.#kept.values()].every(isAsked)) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const nothing = { kind: 'Addresses', addresses: [], until: {} } as const;
