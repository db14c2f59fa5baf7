/** No operator writes a longer duration: the settings do not allow it (milliseconds). */
export const longestLease = 600_000;

/** Who takes part, and how patiently. Milliseconds. */
export interface Candidate {
  /** Names this process; no two processes share it. */
  readonly identity: string;
  /** The operator's own namespace: its replicas may take the Lease from one another. */
  readonly installation: string;
  /** How long the others wait after the last renewal that they have seen. Whole seconds. */
  readonly leaseDuration: number;
  /** How long a holder counts itself as one after a renewal was sent: shorter than the duration. */
  readonly renewDeadline: number;
  /** The pause between two attempts, at most. */
  readonly retryPeriod: number;
}
