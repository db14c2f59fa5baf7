import { formatPort, formatSelector } from '../../src/core/intent/format.ts';
import { namespaceNameLabel } from '../../src/core/model/names.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../src/core/model/policy.ts';
import { dnsServices } from '../../src/core/world/cluster-dns.ts';
import type { World } from '../../src/core/world/world.ts';
import { isSameSelector } from './workloads.ts';

/** A policy in a few words; peers by the names of workloads where their selector is one's own. */
export interface PolicyWords {
  readonly name: string;
  readonly selects: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export function describePolicy(world: World, { metadata, spec }: NetworkPolicy): PolicyWords {
  const { podSelector = {}, policyTypes = [], ingress = [], egress = [] } = spec;
  const own = { namespace: metadata.namespace, podSelector };
  const words = (isolated: boolean, rules: readonly Rule[]) => {
    if (!isolated) return ['anyone'];
    const items = rules.flatMap((rule) => describeRule(world, own, rule));
    return items.length === 0 ? ['nobody'] : [...new Set(items)].sort(selfLast);
  };
  return {
    name: metadata.name,
    selects: formatSelector(podSelector) || 'every pod',
    from: words(
      policyTypes.includes('Ingress'),
      ingress.map(({ from = [], ports }) => ({ peers: from, ports })),
    ),
    to: words(
      policyTypes.includes('Egress'),
      egress.map(({ to = [], ports }) => ({ peers: to, ports })),
    ),
  };
}

interface Rule {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[] | undefined;
}

interface Own {
  readonly namespace: string;
  readonly podSelector: NonNullable<NetworkPolicy['spec']['podSelector']>;
}

function describeRule(world: World, own: Own, { peers, ports }: Rule): string[] {
  const suffix = (ports ?? []).map(shortPort).join('+');
  const names = peers.length === 0 ? ['everyone'] : peers.map((peer) => namePeer(world, own, peer));
  return names.map((name) => (suffix === '' || name === 'dns' ? name : `${name}:${suffix}`));
}

/** TCP goes without saying. */
function shortPort({ port = '*', endPort, protocol = 'TCP' }: PolicyPort): string {
  const ref = { port, ...(endPort !== undefined && { endPort }) };
  return formatPort(protocol === 'TCP' ? ref : { ...ref, protocol });
}

function namePeer(world: World, own: Own, peer: PolicyPeer): string {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (ipBlock !== undefined) return nameBlock(world, ipBlock);
  const namespace =
    namespaceSelector === undefined
      ? own.namespace
      : namespaceSelector.matchLabels?.[namespaceNameLabel];
  if (namespace === undefined || podSelector === undefined) return describeSelectors(peer);
  const at = namespace === own.namespace ? '' : `.${namespace}`;
  if (at === '' && isSameSelector(podSelector, own.podSelector)) return 'self';
  const workloads = [...(world.state(namespace)?.workloads.values() ?? [])];
  const named = workloads.find(({ record }) => isSameSelector(record.selector, podSelector));
  if (named === undefined) return `${formatSelector(podSelector)}${at}`;
  const isDns = dnsServices(world).some(
    (service) =>
      service.namespace === namespace &&
      world.state(namespace)?.reachedBy(service).workloads.includes(named),
  );
  return isDns ? 'dns' : `${named.record.ref.name}${at}`;
}

function nameBlock(
  world: World,
  { cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>,
): string {
  if (cidr.endsWith('/0') && except.length > 0) return '@internet';
  const addresses = dnsServices(world).flatMap(({ clusterIPs }) => clusterIPs);
  return addresses.some((address) => cidr.startsWith(`${address}/`)) ? 'dns' : cidr;
}

function describeSelectors({ podSelector, namespaceSelector }: PolicyPeer): string {
  const pods = formatSelector(podSelector ?? {}) || 'pods';
  return `${pods} of namespaces ${formatSelector(namespaceSelector ?? {}) || 'all'}`;
}

function selfLast(a: string, b: string): number {
  return Number(a === 'self') - Number(b === 'self') || (a < b ? -1 : 1);
}
