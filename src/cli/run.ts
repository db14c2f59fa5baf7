import type { CallReport } from '../kube/calls.ts';
import { createKubeClient } from '../kube/client.ts';
import { type AccessOptions, loadAccess } from '../kube/kubeconfig.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../operator/clock.ts';
import { serveHealth } from '../operator/health.ts';
import type { Log } from '../operator/log.ts';
import { createMetrics } from '../operator/metrics.ts';
import { createOperator } from '../operator/operator.ts';
import { createOutageWatch } from '../operator/outage.ts';
import type { Config } from '../settings.ts';
import { settingsOf } from '../settings.ts';

/** How long running writes may take to finish when the operator stops (milliseconds). */
const stopDeadline = 10_000;

export interface RunOptions {
  readonly config: Config;
  readonly environment: AccessOptions['environment'];
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly version: string;
  /** Names this process in Events. */
  readonly instance: string;
}

/** The running operator; `stop` is graceful and may be called once. */
export interface Running {
  readonly healthPort: number;
  stop(): Promise<void>;
}

/**
 * Starts the operator against the cluster that the configuration names. Rejects, before anything is
 * started, when there is no cluster to be found or the health port is taken.
 */
export async function run(options: RunOptions): Promise<Running> {
  const { config, environment, clock, log, version } = options;
  const { kubeconfig, context, concurrency, rate } = config;
  const access = loadAccess({
    environment,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
  const now = () => clock.now();
  const transport = createTransport(access, { now, version, connections: concurrency });
  const metrics = createMetrics();
  const watchOutage = createOutageWatch(now, () => operator.recover());
  const onCall = (call: CallReport) => {
    metrics.onCall(call);
    watchOutage(call);
  };
  const client = createKubeClient(transport, { now, onCall });
  const operator = createOperator({
    ...{ client, clock, log, metrics, concurrency, rate },
    settings: settingsOf(config),
    wallClock: options.wallClock,
    random: options.random,
    instance: options.instance,
  });
  const source = {
    notReady: () => operator.notReady(),
    metrics: () => metrics.registry.metrics(),
  };
  const health = await serveHealth(source, config.healthPort);
  operator.start();
  log.info({ server: access.server, healthPort: health.port, version }, 'the operator has started');
  return {
    healthPort: health.port,
    stop: async () => {
      const drained = await operator.stop(stopDeadline);
      await health.close();
      await transport.close();
      log.info({ drained }, 'the operator has stopped');
    },
  };
}
