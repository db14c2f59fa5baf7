import { Counter, Gauge, type Registry } from 'prom-client';
import { type HostProblem, hostProblems } from '../../core/model/records.ts';
import type { HostKeeper, KeeperSnapshot } from '../hosts/keeper.ts';
import { type Answer, type Family, families } from '../hosts/machine.ts';

/** What the operator asks DNS, and how old what it knows is. */
export interface HostMetrics {
  onHostAnswer(family: Family, answer: Answer): void;
  /** What is kept is read when it is asked for. */
  observeHosts(keeper: Pick<HostKeeper, 'snapshot'>): void;
}

const recordsOf: Readonly<Record<Family, string>> = { 4: 'A', 6: 'AAAA' };
/** A name that there are too many of is not asked for. */
const results = ['answered', ...hostProblems.filter((each) => each !== 'TooManyNames')] as const;

export function createHostMetrics(registry: Registry): HostMetrics {
  const queries = new Counter({
    name: 'appconnectivity_host_queries_total',
    help: 'Questions to DNS, by type of record and by what came of them.',
    labelNames: ['type', 'result'],
    registers: [registry],
  });
  for (const family of families) {
    for (const result of results) queries.inc({ type: recordsOf[family], result }, 0);
  }
  const count = (family: Family, result: HostProblem | 'answered') =>
    queries.inc({ type: recordsOf[family], result });
  return {
    onHostAnswer: (family, answer) => count(family, 'miss' in answer ? answer.miss : 'answered'),
    observeHosts: (keeper) => observe(registry, keeper),
  };
}

function observe(registry: Registry, keeper: Pick<HostKeeper, 'snapshot'>): void {
  new Gauge({
    name: 'appconnectivity_hosts',
    help: 'Hosts that entries name: with known addresses, without, and left out as too many.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { resolved, unresolved, left } = keeper.snapshot();
      for (const [state, value] of Object.entries({ resolved, unresolved, left })) {
        this.set({ state }, value);
      }
    },
  });
  const read: (snapshot: KeeperSnapshot) => number = (snapshot) => snapshot.oldestAnswerSeconds;
  new Gauge({
    name: 'appconnectivity_host_oldest_answer_seconds',
    help: 'How long ago DNS last told an address of the host for which that is longest; 0 without hosts.',
    registers: [registry],
    collect() {
      this.set(read(keeper.snapshot()));
    },
  });
}
