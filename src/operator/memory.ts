import type { Key } from '../core/model/identity.ts';
import type { DenyWait } from './deny-barrier.ts';
import type { SentEvents } from './report.ts';

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
}

export function createMemory(): Memory {
  return {
    denyWaits: new Map(),
    drainPauses: new Map(),
    heldPauses: new Map(),
    sentEvents: new Map(),
  };
}

/** How long something has waited in an earlier term says nothing about this one. */
export function forgetWaits({ denyWaits, heldPauses, drainPauses }: Memory): void {
  for (const waits of [denyWaits, heldPauses, drainPauses]) waits.clear();
}
