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
  readonly asked: Set<Family>;
  /** When an answer had an address last; when it was begun with, until then. */
  answered: number;
  readonly timers: Map<Family, () => void>;
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
  readonly #due: (readonly [name: string, kept: Kept, family: Family])[] = [];
  #running = 0;
  #waiting: (() => void)[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
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
    for (const name of chosen) if (!this.#kept.has(name)) this.#begin(name, remembered.get(name));
    for (const name of names.keys()) {
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

  #begin(name: string, remembered: AddressesRecord | undefined): void {
    const { pace, clock, onRecord } = this.#options;
    const state = recall(remembered, this.#moment());
    const record = recordOf(name, state, { now: this.#options.wallClock(), pace });
    const timers = new Map<Family, () => void>();
    const kept: Kept = { state, record, asked: new Set(), answered: clock.now(), timers };
    this.#kept.set(name, kept);
    if (record.addresses.length > 0) onRecord(record);
    for (const family of families) this.#due.push([name, kept, family]);
    this.#run();
  }

  #drop(name: string, kept: Kept): void {
    this.#kept.delete(name);
    for (const cancel of kept.timers.values()) cancel();
    this.#options.onGone(kept.record);
  }

  /** Begins queries while there is room. */
  #run(): void {
    while (this.#running < this.#options.concurrency) {
      const next = this.#due.shift();
      if (next === undefined) return;
      if (this.#kept.get(next[0]) === next[1]) void this.#ask(...next);
    }
  }

  async #ask(name: string, kept: Kept, family: Family): Promise<void> {
    this.#running++;
    const answer = await this.#options.resolver.ask(name, family);
    this.#running--;
    if (this.#kept.get(name) === kept) this.#take(name, kept, family, answer);
    this.#run();
    this.#tellAsked();
  }

  #take(name: string, kept: Kept, family: Family, answer: Answer): void {
    const { clock, pace, onRecord, onAnswer } = this.#options;
    onAnswer(family, answer);
    const moment = this.#moment();
    const { state, wait } = step(kept.state, family, answer, moment);
    kept.state = state;
    kept.asked.add(family);
    if ('addresses' in answer) kept.answered = clock.now();
    const again = () => {
      this.#due.push([name, kept, family]);
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
