import { Counter, Gauge, type Registry } from 'prom-client';
import { type BreakerEvent, wholeCluster } from '../../core/plan/breaker.ts';

/** What stops deletions and narrowing until a person has looked. */
export interface BreakerMetrics {
  onBreaker(event: Pick<BreakerEvent, 'type' | 'trip'>): void;
}

const scopes = ['cluster', 'namespace'] as const;
const events = ['tripped', 'closed'] as const;

export function createBreakerMetrics(registry: Registry): BreakerMetrics {
  const registers = [registry];
  const open = new Gauge({
    name: 'appconnectivity_breaker_tripped',
    help: 'Breakers that hold back deletions and narrowing now: of the cluster, and of namespaces.',
    labelNames: ['scope'],
    registers,
  });
  const changes = new Counter({
    name: 'appconnectivity_breaker_events_total',
    help: 'Breakers that tripped, and that closed again.',
    labelNames: ['scope', 'event'],
    registers,
  });
  for (const scope of scopes) {
    open.set({ scope }, 0);
    for (const event of events) changes.inc({ scope, event }, 0);
  }
  return {
    onBreaker: ({ type, trip }) => {
      const scope = trip.scope === wholeCluster ? 'cluster' : 'namespace';
      changes.inc({ scope, event: type });
      open.inc({ scope }, type === 'tripped' ? 1 : -1);
    },
  };
}
