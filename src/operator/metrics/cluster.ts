import { Counter, Gauge, type Registry } from 'prom-client';
import { edgeStates } from '../../core/model/edge-state.ts';
import { defaultKinds } from '../../core/model/kinds.ts';
import { findingCodes } from '../../core/status/messages.ts';
import type { Resource } from '../../kube/resources.ts';
import { type WatchReport, watchReportEvents } from '../watch/protocol.ts';
import { watchedKinds } from '../watched-kinds.ts';
import { type Contribution, Tally } from './tally.ts';

/** What the operator knows of the cluster, and what it does to it. */
export interface ClusterMetrics {
  onWatch(resource: Resource, report: WatchReport): void;
  /** A policy was written or deleted: `create`, `update` or `delete`. */
  onPolicy(change: string): void;
  /** Takes note of what one key amounts to now. */
  count(key: string, now: Contribution): void;
}

const policyChanges = ['create', 'update', 'delete'] as const;

export function createClusterMetrics(registry: Registry): ClusterMetrics {
  const registers = [registry];
  const watches = new Counter({
    name: 'appconnectivity_watch_events_total',
    help: 'Relists, reconnects and failures of watches.',
    labelNames: ['resource', 'event'],
    registers,
  });
  for (const { resource } of watchedKinds(defaultKinds)) {
    const { plural } = resource;
    for (const event of watchReportEvents) watches.inc({ resource: plural, event }, 0);
  }
  const changes = new Counter({
    name: 'appconnectivity_policy_changes_total',
    help: 'NetworkPolicies that were written or deleted.',
    labelNames: ['change'],
    registers,
  });
  for (const change of policyChanges) changes.inc({ change }, 0);
  return {
    onWatch: ({ plural }, { event }) => watches.inc({ resource: plural, event }),
    onPolicy: (change) => changes.inc({ change }),
    count: createCounts(registry),
  };
}

/** Gauges that are kept as keys are reconciled, so that a scrape asks the world nothing. */
function createCounts(registry: Registry): ClusterMetrics['count'] {
  const edges = createGauge(registry, 'state', edgeStates, {
    name: 'appconnectivity_edges',
    help: 'Declared edges, by state; one that both of its ends declare counts once.',
  });
  const findings = createGauge(registry, 'code', findingCodes, {
    name: 'appconnectivity_findings',
    help: 'What is wrong or worth knowing about declarations, by code.',
  });
  const policies = new Tally<'policy'>();
  new Gauge({
    name: 'appconnectivity_policies',
    help: 'Live NetworkPolicies of ours.',
    registers: [registry],
    collect() {
      this.set(policies.total('policy'));
    },
  });
  return (key, now) => {
    edges.set(key, now.edges);
    findings.set(key, now.findings);
    policies.set(
      key,
      Array.from({ length: now.policies }, () => 'policy' as const),
    );
  };
}

/** A gauge with one label, of which every value is known. */
function createGauge<Name extends string>(
  registry: Registry,
  label: string,
  values: readonly Name[],
  about: { readonly name: string; readonly help: string },
): Tally<Name> {
  const tally = new Tally<Name>();
  new Gauge({
    ...about,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const value of values) this.set({ [label]: value }, tally.total(value));
    },
  });
  return tally;
}
