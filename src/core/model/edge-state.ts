import type { Problem } from './finding.ts';

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
 *   Unenforced  no policy can say it, or none is to             HostNetwork, Audit
 */
export interface EdgeState {
  readonly state: EdgeStateName;
  /** The reason and what its sentence needs. */
  readonly reason: Problem;
  /** How many of the judged destinations and problems are in this state, and how many there are. */
  readonly share: readonly [alike: number, all: number];
}
