import type { Settings } from '../core/model/settings.ts';
import type { BreakerLimits } from '../core/plan/breaker.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from './clock.ts';
import type { Leadership } from './election/leadership.ts';
import type { Pace } from './first-deny.ts';
import type { HostSettings } from './hosts/hosts.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface OperatorOptions {
  readonly settings: Settings;
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Milliseconds since the epoch, for times that people read and write. */
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names this process in Events. */
  readonly instance: string;
  readonly concurrency: number;
  /** Reconciles begun per second, at most. */
  readonly rate: number;
  readonly leadership: Leadership;
  /** Watches and reports, and writes no policy. */
  readonly paused: boolean;
  readonly breaker: BreakerLimits;
  /** How fast default-deny by configuration comes to namespaces; all at once without it. */
  readonly pace: Pace | undefined;
  readonly hosts: HostSettings;
}
