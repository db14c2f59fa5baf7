import { createHeap, type Heap, type Placed } from './heap.ts';
import { type Priority, priorities, type Request } from './request.ts';

/** One waiting key. Change what orders it only while it is in no lane. */
export interface Entry<Key extends string> extends Request<Key>, Placed {
  dueAt: number;
  priority: Priority;
  /** Breaks ties, first come first served. */
  readonly order: number;
  /** The lane that holds the entry; none while its key is out. */
  lane: Heap<Entry<Key>> | undefined;
}

/**
 * Where entries wait: in the lane of the delayed until due, then in the lane of their priority.
 *
 * Which is next: the highest priority first; within a priority, the one due first. So that
 * nothing starves, the entry that has been due the longest, of whatever priority, is overtaken
 * at most `overtakesInRow` times in a row: in a flood of changes, one start in eight goes to it.
 * As what is added later is due later, n older entries delay one by at most 8(n + 1) starts.
 */
export interface Lanes<Key extends string> {
  enter(entry: Entry<Key>): void;
  /** Does nothing when the entry is in no lane. */
  leave(entry: Entry<Key>): void;
  /** Moves what has become due into the lane of its priority. */
  promote(now: number): void;
  /** Removes and returns the next of those promoted. */
  next(): Entry<Key> | undefined;
  /** How many have been promoted. */
  due(): Record<Priority, number>;
  hasDue(): boolean;
  delayed(): number;
  /** The earliest due time of those not promoted. */
  nextDue(): number | undefined;
}

export const overtakesInRow = 7;

function isDueBefore<Key extends string>(left: Entry<Key>, right: Entry<Key>): boolean {
  return left.dueAt === right.dueAt ? left.order < right.order : left.dueAt < right.dueAt;
}

/** Every operation costs O(log n), amortised. */
export function createLanes<Key extends string>(): Lanes<Key> {
  type Lane = Heap<Entry<Key>>;
  const delayed: Lane = createHeap<Entry<Key>>(isDueBefore);
  const lanes: Record<Priority, Lane> = {
    change: createHeap<Entry<Key>>(isDueBefore),
    sweep: createHeap<Entry<Key>>(isDueBefore),
    background: createHeap<Entry<Key>>(isDueBefore),
  };
  let overtakes = 0;

  function file(entry: Entry<Key>, lane: Lane): void {
    entry.lane = lane;
    lane.insert(entry);
  }

  function leave(entry: Entry<Key>): void {
    entry.lane?.remove(entry);
    entry.lane = undefined;
  }

  function promote(now: number): void {
    for (let head = delayed.peek(); head && head.dueAt <= now; head = delayed.peek()) {
      leave(head);
      file(head, lanes[head.priority]);
    }
  }

  function next(): Entry<Key> | undefined {
    const heads = priorities
      .map((priority) => lanes[priority].peek())
      .filter((head) => head !== undefined);
    const [highest] = heads;
    if (highest === undefined) return undefined;
    const oldest = heads.reduce((left, right) => (isDueBefore(right, left) ? right : left));
    const chosen = overtakes < overtakesInRow ? highest : oldest;
    overtakes = chosen === oldest ? 0 : overtakes + 1;
    leave(chosen);
    return chosen;
  }

  return {
    enter: (entry) => file(entry, delayed),
    leave,
    promote,
    next,
    due: () => ({
      change: lanes.change.size(),
      sweep: lanes.sweep.size(),
      background: lanes.background.size(),
    }),
    hasDue: () => priorities.some((priority) => lanes[priority].size() > 0),
    delayed: () => delayed.size(),
    nextDue: () => delayed.peek()?.dueAt,
  };
}
