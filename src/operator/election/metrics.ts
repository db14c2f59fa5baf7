import { Counter, Gauge, type Registry } from 'prom-client';
import type { Election } from './election.ts';
import { leaseName } from './lease.ts';
import type { Report } from './state.ts';

const changes = ['gained', 'lost'] as const;

/**
 * The series of an election, counters at zero; the names that client-go has are client-go's. Give
 * `onReport` to the election, and the election to `observe`: states are read when they are asked for.
 */
export function createElectionMetrics(registry: Registry): {
  onReport(report: Report): void;
  observe(election: Pick<Election, 'leadership' | 'trouble'>): void;
} {
  const registers = [registry];
  const { name } = leaseName;
  const changed = new Counter({
    name: 'appconnectivity_leader_changes_total',
    help: 'How often this process began to lead, and ceased to.',
    labelNames: ['change'],
    registers,
  });
  const failed = new Counter({
    name: 'appconnectivity_lease_renewal_failures_total',
    help: 'Renewals of the Lease that failed while this process led.',
    registers,
  });
  const slow = new Counter({
    name: 'leader_election_slowpath_total',
    help: 'Renewals for which the Lease had to be read first, since somebody had changed it.',
    labelNames: ['name'],
    registers,
  });
  for (const change of changes) changed.inc({ change }, 0);
  slow.inc({ name }, 0);
  return {
    onReport: ({ event }) => {
      if (event === 'gained' || event === 'lost') changed.inc({ change: event });
      if (event === 'unrenewed') failed.inc();
      if (event === 'slow') slow.inc({ name });
    },
    observe: (election) => {
      observeStatus(registry, () => election.leadership.isLeader());
      observeOther(registry, () => election.trouble()?.kind === 'foreign');
    },
  };
}

function observeStatus(registry: Registry, leads: () => boolean): void {
  new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process is the one that writes (1), or not (0).',
    labelNames: ['name'],
    registers: [registry],
    collect() {
      this.set({ name: leaseName.name }, Number(leads()));
    },
  });
}

function observeOther(registry: Registry, isForeign: () => boolean): void {
  new Gauge({
    name: 'appconnectivity_other_installation',
    help: 'Whether the Lease belongs to an operator in another namespace, so that this one writes nothing.',
    registers: [registry],
    collect() {
      this.set(Number(isForeign()));
    },
  });
}
