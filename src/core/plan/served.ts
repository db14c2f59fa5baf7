import { portsNamed } from '../model/backends.ts';
import { compareText } from '../model/labels.ts';
import type { Protocol } from '../model/policy.ts';
import { firstOutside } from '../model/range.ts';
import type { ServicePort, ServiceRecord } from '../model/records.ts';
import type { Party, PodParty } from '../reach/party.ts';
import { dnsPortsOf, dnsServices } from '../world/cluster-dns.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { apiServerSources, podsOfGateway } from '../world/parties.ts';
import type { World } from '../world/world.ts';

/** One port of a workload that the cluster relies on, and who has to get there. */
export interface Served {
  readonly workload: Workload;
  readonly port: number;
  readonly protocol: Protocol;
  /** Who is cut, from what, and the entry that would let them in. */
  readonly told: { readonly whom: string; readonly party: string; readonly accept: string };
  /** Any of these getting there is enough; besides, for all but DNS, any address that a rule names. */
  readonly callers: readonly Party[];
  readonly addresses: boolean;
}

type Role = Pick<Served, 'told' | 'callers' | 'addresses'>;

/** A pod anywhere in the cluster of which nothing is known: whoever admits it admits everyone. */
const anyone: Party = { namespace: 'any.where', labels: {} };

/**
 * What of a namespace the cluster relies on: its DNS, the way in, and admission webhooks. In one order,
 * whatever order its objects came in: the first that would break is named.
 */
export function servedIn(world: World, state: NamespaceState): Served[] {
  return [
    ...servingDns(world, state),
    ...servingIngress(world, state),
    ...servingWebhooks(world, state),
  ];
}

/** The workloads behind the cluster's DNS Services, with the pods' port behind each port 53. */
function servingDns(world: World, state: NamespaceState): Served[] {
  const told = { whom: 'everyone', party: 'the cluster DNS', accept: '@cluster' };
  const role = { told, callers: [anyone], addresses: false };
  const services = dnsServices(world).filter(({ namespace }) => namespace === state.name);
  return services.flatMap((service) => servedBehind(state, service, dnsPortsOf(service), role));
}

/** The configured ingress pods and those of Gateways, on the ports of every Service before them. */
function servingIngress(world: World, state: NamespaceState): Served[] {
  const configured = world.settings.parties.ingress.filter(
    ({ namespace }) => namespace === state.name,
  );
  const made = world.outside.gatewaysIn(state.name).flatMap(podsOfGateway);
  const told = { whom: 'everyone outside', party: 'an ingress controller', accept: '@internet' };
  const role = { told, callers: [anyone], addresses: true };
  return [...configured, ...made]
    .flatMap(({ selector }) => state.matching(selector))
    .flatMap((workload) =>
      state
        .servicesReaching(workload.record.labels)
        .flatMap(({ ports }) => ports.flatMap((port) => servedAt(workload, port, role))),
    );
}

/** The workloads behind the Services that the API server calls, where it does not call the host. */
function servingWebhooks(world: World, state: NamespaceState): Served[] {
  const serving = [...state.services.values()].flatMap((service) => {
    const webhooks = world.outside.webhooksOf(service.namespace, service.name);
    return webhooks.length === 0 ? [] : [{ service, webhooks }];
  });
  serving.sort((a, b) => compareText(a.service.name, b.service.name));
  return serving.flatMap(({ service, webhooks }) => {
    const called = webhooks.flatMap(({ services }) => services);
    const [first] = webhooks;
    const party = `the webhook of ${first?.ref.kind} ${first?.ref.name}`;
    const told = { whom: 'the API server', party, accept: '@kube-apiserver' };
    const role = { told, callers: [anyone, ...apiServer(world)], addresses: true };
    return servedBehind(state, service, portsNamed(called, service), role);
  });
}

function apiServer(world: World): Party[] {
  const { configured, agents, nodes } = apiServerSources(world);
  const addresses = [...configured, ...nodes].flatMap((block) => firstOutside(block, []) ?? []);
  return [...agents.map(podOf), ...addresses.map((address) => ({ address }))];
}

function servedBehind(
  state: NamespaceState,
  service: ServiceRecord,
  ports: readonly ServicePort[],
  role: Role,
): Served[] {
  return state
    .reachedBy(service)
    .workloads.flatMap((workload) => ports.flatMap((port) => servedAt(workload, port, role)));
}

/** No policy applies on the host's network. */
function servedAt(workload: Workload, { targetPort, protocol }: ServicePort, role: Role): Served[] {
  if (workload.record.hostNetwork) return [];
  return numbersOf(workload, targetPort, protocol).map((port) => ({
    ...{ workload, port, protocol },
    ...role,
  }));
}

function numbersOf({ record }: Workload, port: number | string, protocol: Protocol): number[] {
  if (typeof port === 'number') return [port];
  const named = record.ports.filter((own) => own.name === port && own.protocol === protocol);
  return named.map((own) => own.port);
}

/** Any pod of a workload's template. */
export function podOf({ record }: Workload): PodParty {
  const { ref, labels, ports } = record;
  return { namespace: ref.namespace, labels, ports };
}
