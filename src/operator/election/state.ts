import type { Candidate } from './candidate.ts';
import type { Lease } from './lease.ts';

/**
 * | state     | on                                       | goes to                                     |
 * |-----------|------------------------------------------|---------------------------------------------|
 * | idle      | start                                    | standby, and reads                          |
 * | standby   | read: none                               | standby, and makes one that nobody holds    |
 * |           | read, or made: not free yet, or foreign  | standby, and waits                          |
 * |           | read: free                               | standby, and replaces it                    |
 * |           | replaced, still within the deadline      | leading                                     |
 * |           | any failure                              | standby, and waits                          |
 * | leading   | timer                                    | leading, and writes                         |
 * |           | written                                  | leading, for another deadline               |
 * |           | refused: the Lease is another now        | leading, and reads                          |
 * |           | read: ours, nobody's yet, or none        | leading, and writes                         |
 * |           | read: another's                          | standby                                     |
 * |           | any input after the deadline             | standby, then as there                      |
 * |           | stop                                     | releasing: reads if it must, writes         |
 * | standby   | stop                                     | stopped, for good                           |
 * | releasing | written, or any failure but one refusal  | stopped                                     |
 *
 * Nothing but `stop` leads out of standby and leading: a candidate never gives up.
 */
export type State =
  | { readonly name: 'idle' }
  | Standby
  | Leading
  | Releasing
  | { readonly name: 'stopped' };

export interface Standby {
  readonly name: 'standby';
  readonly seen?: Seen;
  readonly call?: Call;
  /** Why this one cannot lead, unless it is just another replica's turn. */
  readonly trouble: Trouble | undefined;
}

/**
 * What is known of the Lease. It is judged by when this version was first seen, by our own clock:
 * what its times say is some other machine's opinion.
 */
export interface Seen {
  readonly lease: Lease;
  /** From this moment (of our own clock) on, this version may be replaced: nobody leads by it. */
  readonly freeAt: number;
}

export interface Leading {
  readonly name: 'leading';
  readonly lease: Lease;
  /** From this moment (of our own clock) on, nothing may be written any more. */
  readonly until: number;
  readonly call?: Call;
}

export interface Releasing {
  readonly name: 'releasing';
  readonly call: Call;
  /** Before this moment (of our own clock) nobody else can lead. */
  readonly until: number;
  /** A refusal has led to another look; a second one ends it. */
  readonly again: boolean;
}

/** A call that is under way. Each has exactly one outcome. */
export interface Call {
  readonly kind: 'read' | 'create' | 'replace';
  /** Not later than it was sent. */
  readonly sentAt: number;
  /** Whether the Lease had just been read: being refused all the same is a race, not old news. */
  readonly informed: boolean;
}

export type Trouble =
  | { readonly kind: 'unread' }
  | { readonly kind: 'foreign'; readonly installation: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** A call that failed. */
export interface Failure {
  /**
   * `conflict`: the live Lease is not the one that was read (or there is one after all). `absent`:
   * there is none. `failed`: anything else, time-outs too; whether it was performed is unknown.
   */
  readonly kind: 'conflict' | 'absent' | 'failed';
  /** One sentence. */
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export type Input =
  | { readonly kind: 'start' }
  | { readonly kind: 'read'; readonly lease: Lease }
  | { readonly kind: 'written'; readonly lease: Lease }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'timer' }
  | { readonly kind: 'stop' };

/** To be performed in order. At most one call or timer is under way at any time. */
export type Effect =
  | { readonly kind: 'read'; readonly timeout: number }
  /** Creates the Lease, or replaces the one that it names by uid and version. */
  | {
      readonly kind: 'create' | 'replace';
      readonly lease: object;
      readonly timeout: number;
    }
  | { readonly kind: 'timer'; readonly milliseconds: number }
  /** Give up the call or timer that is under way; its outcome must not come any more. */
  | { readonly kind: 'close' }
  | { readonly kind: 'report'; readonly report: Report };

/** What a candidate went through, for those who write, logs and metrics. */
export type Report =
  | { readonly event: 'gained' }
  /** No reason is given where this process stops. */
  | { readonly event: 'lost'; readonly why?: string }
  /** It waits, and another holds the Lease; told when it could not lead for some reason before. */
  | { readonly event: 'standby'; readonly holder: string }
  /** A renewal was refused, so that the Lease had to be read first. */
  | { readonly event: 'slow' }
  /** A renewal failed; there is time left for another. */
  | { readonly event: 'unrenewed'; readonly failure: Failure }
  /** It cannot lead; told when the reason is another kind of reason than before. */
  | { readonly event: 'trouble'; readonly trouble: Trouble };

export type Step = readonly [State, readonly Effect[]];

/** What a step may depend on beside state and input. */
export interface Moment {
  readonly candidate: Candidate;
  /** Our own clock, which never steps back (milliseconds). */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly wallClock: number;
  /** In [0, 1). */
  readonly chance: number;
}
