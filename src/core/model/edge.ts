import type { Allowance, Declaration, Position } from './declaration.ts';
import type { Problem } from './finding.ts';
import type { Key, ObjectRef } from './identity.ts';
import type { Direction, PolicyPeer, PolicyPort } from './policy.ts';

/** One destination (or source) that an entry resolved to. */
export interface EdgeTarget {
  readonly peer: PolicyPeer;
  readonly ports: 'all' | readonly PolicyPort[];
  /** The namespace whose pods are meant; absent for several namespaces and for addresses. */
  readonly namespace?: string;
  /** The workload behind it, where there is one. */
  readonly workload?: Key;
  /** It is an address of a host. */
  readonly learnt?: Learnt;
}

/** An address that DNS told; in grace, with the end of that (milliseconds since the epoch). */
export interface Learnt {
  readonly address: string;
  readonly until?: number;
}

/**
 * One declared entry, or one cause of an automatic allowance, and what it resolved to: what `judge`
 * gives a state.
 */
export interface Edge {
  readonly direction: Direction;
  /** The workloads that the declaration speaks for; empty when none is known. */
  readonly subjects: readonly Key[];
  readonly source: ObjectRef;
  readonly at: Position;
  readonly text: string;
  readonly targets: readonly EdgeTarget[];
  /** What keeps the entry, or a part of it, from being a rule; and notices. */
  readonly problems: readonly Problem[];
  /** The `none` that silences the entry. */
  readonly veto?: Declaration;
  /** Nobody declared it: `source` is the object that is its cause, and `text` says so to people. */
  readonly allowance?: Allowance;
}
