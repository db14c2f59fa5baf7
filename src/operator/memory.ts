import type { Finding, FindingCode } from '../core/model/finding.ts';
import { type Key, keyOf, partsOf } from '../core/model/identity.ts';
import type { DenyWait } from './deny-barrier.ts';
import { SentEvents } from './report/events.ts';

/**
 * What one process remembers besides the world. Nothing here decides what is allowed: losing it in
 * a restart costs an Event or a pause, never a rule.
 */
export interface Memory {
  /** Default-denies that wait for their namespace's policies. */
  readonly denyWaits: Map<Key, DenyWait>;
  /** The last pause (milliseconds) before asking again whether pods are gone. */
  readonly drainPauses: Map<Key, number>;
  /** The last pause (milliseconds) of keys that wait for their namespace's default-deny. */
  readonly heldPauses: Map<Key, number>;
  readonly sentEvents: SentEvents;
  /** Keys whose last run failed for good: nobody waits for them until they change. */
  readonly givenUp: Set<Key>;
  /** What holds the writes of a key back until somebody acts. */
  readonly stops: Map<Key, Finding>;
}

/** The findings that tell of a write which waits for somebody or something. */
export const stopCodes: ReadonlySet<FindingCode> = new Set<FindingCode>([
  ...(['Held', 'Paused', 'NotKnownWhole', 'PartyNotShared', 'WouldBreakParty'] as const),
]);

export function createMemory(): Memory {
  return {
    denyWaits: new Map(),
    drainPauses: new Map(),
    heldPauses: new Map(),
    sentEvents: new SentEvents(),
    givenUp: new Set(),
    stops: new Map(),
  };
}

/** How long something has waited in an earlier term says nothing about this one. */
export function forgetWaits({ denyWaits, heldPauses, drainPauses }: Memory): void {
  for (const waits of [denyWaits, heldPauses, drainPauses]) waits.clear();
}

/**
 * Who waited for a write of this key: a default-deny for the policies of its namespace, and the
 * other way round those that may only go, or lose a direction, once the default-deny has changed.
 */
export function waitingFor({ denyWaits, heldPauses }: Memory, key: Key): Key[] {
  const { kind, namespace } = partsOf(key);
  if (kind === 'Namespace') {
    return [...heldPauses.keys()].filter((held) => partsOf(held).namespace === namespace);
  }
  const deny = keyOf({ kind: 'Namespace', namespace: '', name: namespace });
  const [first] = denyWaits.get(deny)?.unwritten ?? [];
  return first === key ? [deny] : [];
}

/** The pause before a key is looked at again: doubled each time, up to the longest. */
export function nextPause(
  pauses: Map<Key, number>,
  key: Key,
  { first, longest }: { first: number; longest: number },
): number {
  const before = pauses.get(key);
  const pause = before === undefined ? first : Math.min(before * 2, longest);
  pauses.set(key, pause);
  return pause;
}
