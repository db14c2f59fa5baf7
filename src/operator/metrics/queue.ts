import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { QueueObserver, QueueSnapshot } from '../queue/observer.ts';
import { resultLabels } from '../queue/outcome.ts';
import type { WorkQueue } from '../queue/queue.ts';
import { priorities } from '../queue/request.ts';
import { seconds } from './buckets.ts';

export interface QueueMetrics {
  readonly queueObserver: Partial<QueueObserver<string>>;
  /** Depth and unfinished work are read when they are asked for. */
  observeQueue(queue: Pick<WorkQueue<string>, 'snapshot'>): void;
}

/** What client-go's dashboards group by; there is one queue. */
const name = 'reconcile';

/** The series of client-go's workqueue, with its names, and the results of reconciling. */
export function createQueueMetrics(registry: Registry): QueueMetrics {
  const registers = [registry];
  const histogram = (series: string, help: string) =>
    new Histogram({ name: series, help, buckets: seconds, labelNames: ['name'], registers });
  const waited = histogram('workqueue_queue_duration_seconds', 'How long keys waited.');
  const worked = histogram('workqueue_work_duration_seconds', 'How long reconciling a key took.');
  for (const each of [waited, worked]) each.zero({ name });
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys added, by priority.',
    labelNames: ['name', 'priority'],
    registers,
  });
  for (const priority of priorities) adds.inc({ name, priority }, 0);
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Runs that failed and were put back.',
    labelNames: ['name'],
    registers,
  });
  retries.inc({ name }, 0);
  const results = new Counter({
    name: 'appconnectivity_reconcile_total',
    help: 'Reconciled keys, by result.',
    labelNames: ['result'],
    registers,
  });
  for (const result of resultLabels) results.inc({ result }, 0);
  return {
    queueObserver: {
      added: (_key, priority) => adds.inc({ name, priority }),
      started: (_key, waitedSeconds) => waited.observe({ name }, waitedSeconds),
      retried: () => retries.inc({ name }),
      finished: ({ label, seconds: lasted }) => {
        results.inc({ result: label });
        worked.observe({ name }, lasted);
      },
    },
    observeQueue: (queue) => observeDepth(registry, queue),
  };
}

function observeDepth(registry: Registry, queue: Pick<WorkQueue<string>, 'snapshot'>): void {
  new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that are due and wait, by priority.',
    labelNames: ['name', 'priority'],
    registers: [registry],
    collect() {
      for (const [priority, depth] of Object.entries(queue.snapshot().due)) {
        this.set({ name, priority }, depth);
      }
    },
  });
  const gauge = (series: string, help: string, read: (snapshot: QueueSnapshot) => number) =>
    new Gauge({
      ...{ name: series, help, labelNames: ['name'], registers: [registry] },
      collect() {
        this.set({ name }, read(queue.snapshot()));
      },
    });
  gauge(
    'workqueue_longest_running_processor_seconds',
    'How long the longest running reconcile has run.',
    ({ longestRunningSeconds }) => longestRunningSeconds,
  );
  gauge(
    'workqueue_unfinished_work_seconds',
    'How long all running reconciles have run, summed; it grows without end when one is stuck.',
    ({ unfinishedSeconds }) => unfinishedSeconds,
  );
  gauge(
    'appconnectivity_workqueue_delayed',
    'Keys that wait for their time: pods that drain, an order of writes, a retry.',
    ({ delayed }) => delayed,
  );
}
