import { type Key, keyOf } from '../core/model/identity.ts';
import type { WorldRecord } from '../core/model/records.ts';
import { judgedWithNamespace, judgedWithPolicy, judgedWithWords } from '../core/world/judged.ts';
import type { World } from '../core/world/world.ts';
import type { WorkQueue } from './queue/queue.ts';

/** Changes of edge states are looked at together, this long (milliseconds) after the first. */
const judgePause = 100;

/** Judging comes after everything else, and once for whatever has changed meanwhile. */
export function judgeLater(queue: Pick<WorkQueue<Key>, 'addAfter'>, judged: Iterable<Key>): void {
  for (const key of judged) queue.addAfter(key, judgePause, 'background');
}

/**
 * Whose edges may stand otherwise since a record has changed: those of `before` it did, and those with
 * whom it, or a key that it affects, is judged now.
 */
export function judgedSince(
  world: World,
  record: WorldRecord,
  before: ReadonlySet<Key>,
  affected: ReadonlySet<Key>,
): ReadonlySet<Key> {
  const judged = new Set([...before, ...judgedWithRecord(world, record)]);
  for (const key of judgedWithWords(world, affected)) judged.add(key);
  return judged;
}

/** Whose edges may stand otherwise because of what a record says, as the world knows it now. */
export function judgedWithRecord(world: World, record: WorldRecord): ReadonlySet<Key> {
  switch (record.kind) {
    case 'Workload':
      return judgedWithWords(world, [keyOf(record.ref)]);
    case 'AppConnectivity':
      return judgedWithWords(world, [keyOf(record)]);
    case 'NetworkPolicy':
      return judgedWithPolicy(world, record.policy);
    case 'Namespace':
      return judgedWithNamespace(world, record.name);
    default:
      return new Set();
  }
}
