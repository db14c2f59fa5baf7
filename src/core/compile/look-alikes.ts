import { partyTexts } from '../intent/format.ts';
import type { PartyName } from '../model/declaration.ts';
import { type Finding, finding } from '../model/finding.ts';
import { compareText } from '../model/labels.ts';
import type { Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';

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

const mostTold = 3;

/**
 * The first few workloads that look like a party which these findings call unknown and a setting would
 * name: a hint, and never more than that (docs/design/0010, Turned down). For commands alone: whoever may
 * create a workload can make it look so, and what policies and statuses say would be written again for
 * everybody who is told of that party.
 */
export function findLookAlikes(world: World, findings: readonly Finding[]): Finding[] {
  const settings = new Map(
    findings.flatMap(({ code, data }) =>
      code === 'PartyUnknown' && data.setting !== '' ? [[data.party, data.setting] as const] : [],
    ),
  );
  return [...settings].flatMap(([party, setting]) =>
    alike(world, party)
      .slice(0, mostTold)
      .map(({ record }) => finding('LooksLikeParty', record.ref, { path: [] }, { party, setting })),
  );
}

function alike(world: World, party: string): Workload[] {
  const all = [...world.namespaces()].flatMap(([, { workloads }]) => [...workloads.values()]);
  return all.filter((each) => lookOf(each) === party).sort((a, b) => compareText(a.key, b.key));
}

function lookOf({ record }: Workload): string | undefined {
  const party = usualNames.get(record.labels['app.kubernetes.io/name'] ?? '');
  return party && partyTexts[party];
}
