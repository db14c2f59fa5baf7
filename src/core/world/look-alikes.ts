import type { PartyName } from '../model/declaration.ts';
import type { Key } from '../model/identity.ts';
import type { Workload } from './namespace-state.ts';

/** What charts of well-known ingress controllers and Prometheus installations name their pods. */
const usualNames: ReadonlyMap<string, PartyName> = new Map([
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
export function lookOf({ record }: Workload): PartyName | undefined {
  return usualNames.get(record.labels['app.kubernetes.io/name'] ?? '');
}

/**
 * Workloads that look like a party that is not configured: a hint in messages, and never more than
 * that (docs/design/0010, Turned down).
 */
export class LookAlikes {
  readonly #keys = new Map<Key, PartyName>();

  set(workload: Workload, present: boolean): void {
    const party = lookOf(workload);
    if (party === undefined) return;
    if (present) this.#keys.set(workload.key, party);
    else this.#keys.delete(workload.key);
  }

  /** The first few, in the order of their keys. */
  of(party: PartyName): Key[] {
    const alike = [...this.#keys].flatMap(([key, looks]) => (looks === party ? [key] : []));
    return alike.sort().slice(0, mostNamed);
  }
}
