import type { Edge } from './edge.ts';
import type { Problem } from './finding.ts';
import type { ObjectRef } from './identity.ts';

/** The state of one edge, from best to worst; several destinations take the worst. */
export const edgeStates = [
  'Allowed',
  'Open',
  'Pending',
  'Refused',
  'Blocked',
  'Invalid',
  'Unenforced',
] as const;

export type EdgeStateName = (typeof edgeStates)[number];

/**
 *   state       meaning                                         reasons
 *   Allowed     both ends allow it                              -
 *   Open        allowed, and the other end accepts anyone       -
 *   Pending     not yet; the message says what it waits for     TargetNotFound, ConsentRequired, …
 *   Refused     somebody decided against it                     NotAccepted, PortMismatch, …
 *   Blocked     another policy, not ours, stops it              ForeignPolicy
 *   Invalid     its text cannot be read                         -
 *   Unenforced  no policy can say it, or none is to             HostNetwork, Audit
 */
export interface EdgeState {
  readonly state: EdgeStateName;
  /** The reason and what its sentence needs. */
  readonly reason: Problem;
  /** How many of the judged destinations and problems are in this state, and how many there are. */
  readonly share: readonly [alike: number, all: number];
}

/** An edge with its state. */
export interface JudgedEdge {
  readonly edge: Edge;
  readonly state: EdgeState;
  /**
   * Sources that declare the same flow from its other end, in their order: it is one edge with
   * several sources. Among them the edge's own source, where that speaks for both ends.
   */
  readonly alsoDeclaredBy: readonly ObjectRef[];
}

/** Whether the flow of an edge is allowed as it was declared. */
export function isReady({ state }: EdgeState): boolean {
  return state === 'Allowed' || state === 'Open';
}
