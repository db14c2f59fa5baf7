import type { Key } from '../core/model/identity.ts';
import type { SentEvents } from './report.ts';

/**
 * What one process remembers besides the world. Nothing here decides what is allowed: losing it in
 * a restart costs an Event or a pause, never a rule.
 */
export interface Memory {
  /** Since when (clock milliseconds) a default-deny has waited for its namespace. */
  readonly denyWaits: Map<Key, number>;
  /** The last pause (milliseconds) before asking again whether pods are gone. */
  readonly drainPauses: Map<Key, number>;
  readonly sentEvents: SentEvents;
}

export function createMemory(): Memory {
  return { denyWaits: new Map(), drainPauses: new Map(), sentEvents: new Map() };
}
