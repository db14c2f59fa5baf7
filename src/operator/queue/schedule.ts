import { createLanes, type Entry } from './lanes.ts';
import { isHigher, type Priority, type Request } from './request.ts';

/**
 * Which key is worked on next, and never twice at once: per key at most one entry waits and at
 * most one run is out. The order of keys, and the rule against starving, are those of the lanes.
 */
export interface Schedule<Key extends string> {
  /**
   * A waiting key keeps the higher priority and the earlier due time of the two requests. A key
   * that is out is held until `release`. True when the key did not wait before.
   */
  add(request: Request<Key>): boolean;
  /** Hands out the next due key and locks it until `release`; undefined when none is due. */
  take(now: number): Request<Key> | undefined;
  /** The run is over: what was added meanwhile waits from now on, or is due at once. */
  release(key: Key): void;
  /** How many wait and are due. */
  due(now: number): Readonly<Record<Priority, number>>;
  hasDue(now: number): boolean;
  /** How many wait and are not yet due, without those held. */
  delayed(now: number): number;
  /** When the first of the delayed becomes due. */
  nextDue(now: number): number | undefined;
  /** Keys out with the time of their `take`, the longest out first. */
  running(): ReadonlyMap<Key, number>;
  /** Drops all that waits; keys that are out stay locked. */
  clear(): void;
}

/** Pure over `now`, which should not step back. Every operation costs O(log n), amortised. */
export function createSchedule<Key extends string>(): Schedule<Key> {
  const waiting = new Map<Key, Entry<Key>>();
  const running = new Map<Key, number>();
  let lanes = createLanes<Key>();
  let added = 0;

  function merge(entry: Entry<Key>, request: Request<Key>): void {
    const isRaised = isHigher(request.priority, entry.priority);
    if (!isRaised && request.dueAt >= entry.dueAt) return;
    const isHeld = entry.lane === undefined;
    lanes.leave(entry);
    entry.dueAt = Math.min(entry.dueAt, request.dueAt);
    if (isRaised) entry.priority = request.priority;
    if (!isHeld) lanes.enter(entry);
  }

  function add(request: Request<Key>): boolean {
    const known = waiting.get(request.key);
    if (known !== undefined) {
      merge(known, request);
      return false;
    }
    const { key, dueAt, priority } = request;
    added += 1;
    const entry = { key, dueAt, priority, order: added, place: -1, lane: undefined };
    waiting.set(key, entry);
    if (!running.has(key)) lanes.enter(entry);
    return true;
  }

  function take(now: number): Request<Key> | undefined {
    lanes.promote(now);
    const entry = lanes.next();
    if (entry === undefined) return undefined;
    waiting.delete(entry.key);
    running.set(entry.key, now);
    return entry;
  }

  function release(key: Key): void {
    running.delete(key);
    const held = waiting.get(key);
    if (held !== undefined) lanes.enter(held);
  }

  function promoted(now: number) {
    lanes.promote(now);
    return lanes;
  }

  return {
    add,
    take,
    release,
    due: (now) => promoted(now).due(),
    hasDue: (now) => promoted(now).hasDue(),
    delayed: (now) => promoted(now).delayed(),
    nextDue: (now) => promoted(now).nextDue(),
    running: () => running,
    clear() {
      waiting.clear();
      lanes = createLanes();
    },
  };
}
