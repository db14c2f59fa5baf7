import { defaultSettings } from '../core/model/settings.ts';
import type { CallReport } from '../kube/calls.ts';
import { createKubeClient, type KubeClient } from '../kube/client.ts';
import type { Fence } from '../kube/fence.ts';
import { type AccessOptions, loadAccess } from '../kube/kubeconfig.ts';
import { type ClusterAccess, createTransport } from '../kube/transport.ts';
import type { Clock } from '../operator/clock.ts';
import { createElection } from '../operator/election/election.ts';
import { type Leadership, leadingAlone } from '../operator/election/leadership.ts';
import { createElectionMetrics } from '../operator/election/metrics.ts';
import { sentenceOf } from '../operator/election/words.ts';
import { serveHealth } from '../operator/health.ts';
import { createHostResolver } from '../operator/hosts/resolver.ts';
import type { Log } from '../operator/log.ts';
import { createMetrics, type Metrics } from '../operator/metrics.ts';
import { createOperator } from '../operator/operator.ts';
import { createOutageWatch } from '../operator/outage.ts';
import type { Config } from '../settings.ts';
import { hostsOf, safetyOf, settingsOf } from '../settings.ts';

/** How long running writes may take to finish when the operator stops (milliseconds). */
const stopDeadline = 10_000;
/** How long a DNS server is waited for at first; the second try waits twice as long. Milliseconds. */
const dnsTimeout = 1_500;

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
  /** Names this process in the Lease; no two processes share it. */
  readonly identity: string;
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
  const { config, clock, log, version } = options;
  const { concurrency, rate } = config;
  const access = accessOf(options);
  const metrics = createMetrics(version);
  const installation = config.namespace ?? access.namespace ?? defaultSettings.operatorNamespace;
  const campaign = createCampaign(options, installation, metrics);
  const { leadership } = campaign;
  const watchOutage = createOutageWatch(
    () => clock.now(),
    () => operator.recover(),
  );
  const onCall = (call: CallReport) => {
    metrics.onCall(call);
    watchOutage(call);
  };
  const { client, close } = connect(options, access, onCall, { concurrency, fence: leadership });
  const { pace, ...servers } = hostsOf(config);
  const resolver = createHostResolver({ ...servers, timeout: dnsTimeout });
  const operator = createOperator({
    ...{ client, clock, log, metrics, concurrency, rate, leadership },
    settings: settingsOf({ ...config, namespace: installation }),
    ...safetyOf(config),
    hosts: { pace, resolver },
    wallClock: options.wallClock,
    random: options.random,
    instance: options.instance,
  });
  const source = {
    notReady: () => [...operator.notReady(), ...campaign.notReady()],
    metrics: () => metrics.registry.metrics(),
  };
  const health = await serveHealth(source, config.healthPort);
  operator.start();
  // Whoever cannot see the cluster must not keep a replica that can from leading.
  void operator.whenReady().then(campaign.start);
  if (config.paused) log.warn({}, 'the operator is paused: it writes no policy');
  log.info({ server: access.server, healthPort: health.port, version }, 'the operator has started');
  return {
    healthPort: health.port,
    stop: async () => {
      const drained = await operator.stop(stopDeadline);
      resolver.stop();
      // Only now: whoever leads next may begin to write at once.
      await campaign.stop();
      await health.close();
      await close();
      log.info({ drained }, 'the operator has stopped');
    },
  };
}

function accessOf({ config, environment }: RunOptions): ClusterAccess {
  const { kubeconfig, context } = config;
  return loadAccess({
    environment,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
  });
}

interface Connection {
  readonly client: KubeClient;
  close(): Promise<void>;
}

function connect(
  { clock, version }: RunOptions,
  access: ClusterAccess,
  onCall: Metrics['onCall'],
  { concurrency, fence }: { concurrency: number; fence?: Fence },
): Connection {
  const now = () => clock.now();
  const transport = createTransport(access, { now, version, connections: concurrency });
  const client = createKubeClient(transport, {
    now,
    onCall,
    ...(fence !== undefined && { fence }),
  });
  return { client, close: () => transport.close() };
}

/** This process's part in the election, or none. */
interface Campaign {
  readonly leadership: Leadership;
  notReady(): readonly string[];
  start(): void;
  stop(): Promise<void>;
}

function createCampaign(options: RunOptions, installation: string, metrics: Metrics): Campaign {
  const { enabled, ...seconds } = options.config.election;
  if (!enabled) {
    const leadership = leadingAlone();
    return { leadership, notReady: () => [], start: () => {}, stop: () => Promise.resolve() };
  }
  // Apart from all other calls: a server that is slow to take policies must not cost the Lease.
  const { client, close } = connect(options, accessOf(options), metrics.onCall, {
    concurrency: 1,
  });
  const { onReport, observe } = createElectionMetrics(metrics.registry);
  const candidate = {
    ...{ identity: options.identity, installation },
    leaseDuration: seconds.leaseDuration * 1000,
    renewDeadline: seconds.renewDeadline * 1000,
    retryPeriod: seconds.retryPeriod * 1000,
  };
  const { clock, wallClock, random, log } = options;
  const election = createElection({ client, candidate, clock, wallClock, random, log, onReport });
  observe(election);
  return {
    leadership: election.leadership,
    notReady: () => {
      const trouble = election.trouble();
      return trouble === undefined ? [] : [sentenceOf(trouble, installation)];
    },
    start: election.start,
    stop: async () => {
      await election.stop();
      await close();
    },
  };
}
