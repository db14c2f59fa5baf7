import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type BreakerMetrics, createBreakerMetrics } from './metrics/breaker.ts';
import { type CallMetrics, createCallMetrics } from './metrics/calls.ts';
import { type ClusterMetrics, createClusterMetrics } from './metrics/cluster.ts';
import { createHostMetrics, type HostMetrics } from './metrics/hosts.ts';
import { createQueueMetrics, type QueueMetrics } from './metrics/queue.ts';

/** Where the parts of the operator report what they do. Names follow client-go's conventions. */
export interface Metrics
  extends CallMetrics,
    QueueMetrics,
    ClusterMetrics,
    BreakerMetrics,
    HostMetrics {
  readonly registry: Registry;
}

/**
 * A registry with every series that the operator has, one file for each part of it; what counts, and
 * has labels whose values are known, starts at zero. docs/operations.md explains each series, and a
 * test holds the two together.
 */
export function createMetrics(version: string): Metrics {
  const registry = new Registry();
  // The process itself: CPU, memory, collections, and how late the event loop runs.
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'appconnectivity_build_info',
    help: 'Which version runs; always 1.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  return {
    registry,
    ...createCallMetrics(registry),
    ...createQueueMetrics(registry),
    ...createClusterMetrics(registry),
    ...createBreakerMetrics(registry),
    ...createHostMetrics(registry),
  };
}
