import type { PartyName } from '../model/declaration.ts';
import type { Key } from '../model/identity.ts';
import { addTo, removeFrom, type Workload } from './namespace-state.ts';

/** The parties that something may look like. */
export type LookAlike = Extract<PartyName, 'Ingress' | 'Monitoring'>;

/** What charts of well-known ingress controllers and Prometheus installations name their pods. */
const usualNames: ReadonlyMap<string, LookAlike> = new Map([
  ...[
    ...['ingress-nginx', 'nginx-ingress', 'traefik', 'contour', 'haproxy-ingress', 'kong'],
    ...['istio-ingressgateway', 'envoy-gateway', 'envoy'],
  ].map((name) => [name, 'Ingress'] as const),
  ...['prometheus', 'prometheus-agent', 'vmagent', 'alloy', 'opentelemetry-collector'].map(
    (name) => [name, 'Monitoring'] as const,
  ),
]);

const mostNamed = 3;

/** The party that a workload looks like; whoever may create a workload can make it look so. */
export function lookOf({ record }: Workload): LookAlike | undefined {
  return usualNames.get(record.labels['app.kubernetes.io/name'] ?? '');
}

/**
 * Workloads that look like a party that is not configured: a hint in messages, and never more than
 * that (docs/design/0010, Turned down).
 */
export class LookAlikes {
  readonly #keys = new Map<PartyName, Set<Key>>();
  readonly #named = new Map<PartyName, string>();

  set(workload: Workload, present: boolean): void {
    const party = lookOf(workload);
    if (party === undefined) return;
    (present ? addTo : removeFrom)(this.#keys, party, workload.key);
    this.#named.delete(party);
  }

  /** The first few, in the order of their keys. Every message about the party asks. */
  named(party: PartyName): string {
    const named = this.#named.get(party) ?? firstOf(this.#keys.get(party) ?? []);
    this.#named.set(party, named);
    return named;
  }
}

function firstOf(keys: Iterable<Key>): string {
  return [...keys].sort().slice(0, mostNamed).join(', ');
}
