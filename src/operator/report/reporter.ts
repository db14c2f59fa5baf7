import type { KubeClient } from '../../kube/client.ts';
import type { Resource } from '../../kube/resources.ts';
import type { Contribution } from '../metrics/tally.ts';

/** Who reports, and the wall clock (milliseconds since the epoch) for times that people read. */
export interface Reporter {
  readonly client: Pick<KubeClient, 'apply' | 'applyStatus' | 'create'>;
  readonly wallClock: () => number;
  /** Names this process in Events. */
  readonly instance: string;
  /**
   * Asked before a write: gives what takes in its answer, since runs before the watch's echo would else
   * write the same again.
   */
  readonly listen: (resource: Resource) => (answer: unknown) => void;
  /** Takes note of what one key amounts to now; of a key that is gone, nothing. */
  readonly count: (key: string, now: Contribution) => void;
}
