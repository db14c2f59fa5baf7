import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallReport } from '../kube/calls.ts';
import type { Resource } from '../kube/resources.ts';
import { watchedResources } from './cluster-watch.ts';
import type { QueueObserver } from './queue/observer.ts';
import { resultLabels } from './queue/outcome.ts';
import type { WorkQueue } from './queue/queue.ts';
import { priorities } from './queue/request.ts';
import { type WatchReport, watchReportEvents } from './watch/protocol.ts';

/** Where the parts of the operator report what they do. Names follow client-go's conventions. */
export interface Metrics {
  readonly registry: Registry;
  readonly queueObserver: Partial<QueueObserver<string>>;
  onCall(report: CallReport): void;
  onWatch(resource: Resource, report: WatchReport): void;
  onPolicy(change: string): void;
  /** Depth and unfinished work are read when they are asked for. */
  observeQueue(queue: Pick<WorkQueue<string>, 'snapshot'>): void;
}

const policyChanges = ['create', 'update', 'delete'] as const;
const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60];

/** A registry with every series that the operator has, counters at zero. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const calls = createCallMetrics(registry);
  const queue = createQueueMetrics(registry);
  const watches = new Counter({
    name: 'appconnectivity_watch_events_total',
    help: 'Relists, reconnects and failures of watches.',
    labelNames: ['resource', 'event'],
    registers: [registry],
  });
  for (const { plural } of watchedResources) {
    for (const event of watchReportEvents) watches.inc({ resource: plural, event }, 0);
  }
  const policies = new Counter({
    name: 'appconnectivity_policy_changes_total',
    help: 'NetworkPolicies that were written or deleted.',
    labelNames: ['change'],
    registers: [registry],
  });
  for (const change of policyChanges) policies.inc({ change }, 0);
  return {
    registry,
    ...calls,
    ...queue,
    onWatch: ({ plural }, { event }) => watches.inc({ resource: plural, event }),
    onPolicy: (change) => policies.inc({ change }),
  };
}

function createCallMetrics(registry: Registry): Pick<Metrics, 'onCall'> {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server, by verb, resource and HTTP code.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long calls to the API server took.',
    labelNames: ['verb', 'resource'],
    buckets: seconds,
    registers: [registry],
  });
  return {
    onCall: ({ verb, resource, code, seconds: lasted }) => {
      requests.inc({ verb, resource, code: `${code}` });
      durations.observe({ verb, resource }, lasted);
    },
  };
}

function createQueueMetrics(registry: Registry): Pick<Metrics, 'queueObserver' | 'observeQueue'> {
  const registers = [registry];
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, buckets: seconds, registers });
  const waited = histogram('workqueue_queue_duration_seconds', 'How long keys waited.');
  const worked = histogram('workqueue_work_duration_seconds', 'How long reconciling a key took.');
  const adds = new Counter({
    ...{ name: 'workqueue_adds_total', help: 'Keys added.', labelNames: ['priority'], registers },
  });
  const retries = new Counter({ name: 'workqueue_retries_total', help: 'Retries.', registers });
  const results = new Counter({
    name: 'appconnectivity_reconcile_total',
    help: 'Reconciled keys, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of resultLabels) results.inc({ result }, 0);
  for (const priority of priorities) adds.inc({ priority }, 0);
  return {
    queueObserver: {
      added: (_key, priority) => adds.inc({ priority }),
      started: (_key, waitedSeconds) => waited.observe(waitedSeconds),
      retried: () => retries.inc(),
      finished: ({ label, seconds: lasted }) => {
        results.inc({ result: label });
        worked.observe(lasted);
      },
    },
    observeQueue: (queue) => observeDepth(registry, queue),
  };
}

function observeDepth(registry: Registry, queue: Pick<WorkQueue<string>, 'snapshot'>): void {
  new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that are due and wait, by priority.',
    labelNames: ['priority'],
    registers: [registry],
    collect() {
      for (const [priority, depth] of Object.entries(queue.snapshot().due)) {
        this.set({ priority }, depth);
      }
    },
  });
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'How long the longest running reconcile has run.',
    registers: [registry],
    collect() {
      this.set(queue.snapshot().longestRunningSeconds);
    },
  });
}
