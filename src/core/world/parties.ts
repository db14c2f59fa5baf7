import type { PartyName } from '../model/declaration.ts';
import { keyOf } from '../model/identity.ts';
import { type LabelSelector, selects, selectsEverything } from '../model/labels.ts';
import { blockOf } from '../model/range.ts';
import type { GatewayRecord, ServiceRecord } from '../model/records.ts';
import type { PartyPods } from '../model/settings.ts';
import { dnsNamespaces } from './cluster-dns.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';
import type { World } from './world.ts';

/** Where the agents of konnectivity run, through which an API server elsewhere calls into clusters. */
const agentNamespace = 'kube-system';
const agentName = 'konnectivity-agent';
/** Labels of their pods: those of its own manifest, and of AKS and HyperShift. */
const agentSelectors: readonly LabelSelector[] = [
  { matchLabels: { 'k8s-app': agentName } },
  { matchLabels: { app: agentName } },
];

/** Cilium as its chart and its command line install it; GKE's Dataplane V2 labels its pods alike. */
const cilium = keyOf({ kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium' });
const ciliumLabels = { 'k8s-app': 'cilium' } as const;

export function isCilium({ key, record: { ref, labels } }: Workload): boolean {
  if (ref.kind !== 'DaemonSet' || ref.namespace !== 'kube-system') return false;
  return key === cilium || labels['k8s-app'] === ciliumLabels['k8s-app'];
}

/** Whether the engine is Cilium, whose ipBlocks match neither nodes nor the API server. */
export function runsCilium(world: World): boolean {
  if (world.workload(cilium) !== undefined) return true;
  const labelled = world.state('kube-system')?.matching({ matchLabels: ciliumLabels }) ?? [];
  return labelled.some(isCilium);
}

/** Those of some configured pods whose namespace exists: who lives nowhere is nobody. */
export function known<P extends PartyPods>(world: World, pods: readonly P[]): P[] {
  return pods.filter(({ namespace }) => world.existing(namespace) !== undefined);
}

/**
 * The pods that the controller of a Gateway makes for it, whoever runs it (GEP-1762); none where its
 * name is longer than a label's value, since a policy that says so would be refused.
 */
export function podsOfGateway({ namespace, name }: GatewayRecord): PartyPods[] {
  const matchLabels = { 'gateway.networking.k8s.io/gateway-name': name };
  return name.length > 63 ? [] : [{ namespace, selector: { matchLabels } }];
}

/** Where requests of nodes come from, as blocks. */
export function nodeBlocks({ settings, rangeSources }: World): string[] {
  return [...rangeSources.nodeAddresses.map(blockOf), ...settings.parties.nodeSources];
}

/** The Service in front of the API server: the addresses that its clients dial, if they ask no Node. */
const front = { namespace: 'default', name: 'kubernetes' } as const;

export function isApiServerFront({ namespace, name }: ServiceRecord): boolean {
  return namespace === front.namespace && name === front.name;
}

export function apiServerFront(world: World): ServiceRecord | undefined {
  return world.state(front.namespace)?.services.get(front.name);
}

/** Where requests of the API server come from. */
export interface ApiServerSources {
  readonly configured: readonly string[];
  readonly agents: readonly Workload[];
  readonly nodes: readonly string[];
}

export function apiServerSources(world: World): ApiServerSources {
  const agents = agentSelectors.flatMap(
    (selector) => world.state(agentNamespace)?.matching(selector) ?? [],
  );
  return {
    configured: world.settings.parties.apiServerSources,
    agents: [...new Set(agents)].filter(canBePeer).sort((a, b) => (a.key < b.key ? -1 : 1)),
    nodes: world.rangeSources.controlPlane.map(blockOf),
  };
}

/** Whether a policy can name the workload's pods: by labels of their own, and in the pod network. */
export function canBePeer({ record }: Workload): boolean {
  return !record.hostNetwork && !selectsEverything(record.selector);
}

/** Whether requests of the API server may come through this workload, whatever it can be. */
export function isAgent({ record }: Workload): boolean {
  const { ref, labels } = record;
  return ref.namespace === agentNamespace && agentSelectors.some((each) => selects(each, labels));
}

/** The parties that pods of a namespace may be part of; `among` tells whether a selector means them. */
export function partiesIn(
  world: World,
  namespace: string,
  among: (selector: LabelSelector) => boolean,
): PartyName[] {
  const { ingress, monitoring } = world.settings.parties;
  const mean = (pods: readonly PartyPods[]) =>
    pods.some((each) => each.namespace === namespace && among(each.selector));
  const gateways = world.outside.gatewaysIn(namespace).flatMap(podsOfGateway);
  const parties: readonly (readonly [PartyName, boolean])[] = [
    ['Ingress', mean([...ingress, ...gateways])],
    ['Monitoring', mean(monitoring)],
    ['KubeAPIServer', namespace === agentNamespace && agentSelectors.some(among)],
    ['DNS', dnsNamespaces.includes(namespace)],
  ];
  return parties.flatMap(([party, holds]) => (holds ? [party] : []));
}

/**
 * Whether a route, a scrape or a webhook may ask for something to be let in to a workload. Errs to
 * yes.
 */
export function mayBeAllowed(world: World, state: NamespaceState, { record }: Workload): boolean {
  const { outside } = world;
  if (record.scrape !== undefined) return true;
  const homes = [state.name, ...(state.object?.intent.monitorsFrom ?? [])];
  if (homes.some((home) => outside.monitorsOf(home).length > 0)) return true;
  return state
    .servicesReaching(record.labels)
    .some(
      ({ namespace, name, scrape }) =>
        scrape !== undefined ||
        outside.routesTo(namespace, name).length > 0 ||
        outside.webhooksOf(namespace, name).length > 0,
    );
}
