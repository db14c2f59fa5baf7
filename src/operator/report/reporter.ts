import type { PolicyRecord, ResourceRecord } from '../../core/model/records.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Contribution } from '../metrics/tally.ts';

/** Who reports, and the wall clock (milliseconds since the epoch) for times that people read. */
export interface Reporter {
  readonly client: Pick<KubeClient, 'apply' | 'applyStatus' | 'create'>;
  readonly wallClock: () => number;
  /** Names this process in Events. */
  readonly instance: string;
  /**
   * The status of a resource, or the text on a policy, that was written over the live record and that
   * no later one has shown yet. Runs before its echo would else write it again.
   */
  readonly said: WeakMap<ResourceRecord | PolicyRecord, unknown>;
  /** Takes note of what one key amounts to now; of a key that is gone, nothing. */
  readonly count: (key: string, now: Contribution) => void;
}
