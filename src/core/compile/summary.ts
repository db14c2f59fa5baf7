import { formatSelector } from '../intent/format.ts';
import { type Key, partsOf } from '../model/identity.ts';
import { type LabelSelector, selectorText, selectsEverything } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction, PolicyPeer, PolicyPort, PolicySpec } from '../model/policy.ts';
import { dnsNamespaces } from '../world/cluster-dns.ts';

const mostCharacters = 256;
const mostNamed = 5;
const mostPorts = 3;
/** Labels that charts name an app by; where one of them is the whole selector, it is the name. */
const nameLabels = new Set(['app', 'app.kubernetes.io/name', 'k8s-app', 'name']);
/** Ports of DNS servers, as numbers and as containers name them. */
const dnsPorts = new Set<number | string | undefined>([53, 5353, 'dns', 'dns-tcp']);
/** One address of a range that is not public, as ClusterIPs and NodeLocal DNSCache have. */
const insideAddress =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd])[^/]*\/(32|128)$/;

/** A rule of either direction. */
interface Rule {
  readonly peers: readonly PolicyPeer[] | undefined;
  readonly ports: readonly PolicyPort[] | undefined;
}

/** The parties of one direction, and those that nobody has to look for. */
interface Parties {
  readonly named: readonly string[];
  readonly usual: readonly string[];
}

/**
 * What a policy of ours says, in one line for people, at most 256 characters. A function of the
 * policy alone: an entry that is written otherwise and means the same, a workload of another name
 * with the same labels, changes no summary, and so makes no write. Ports are those of the pods.
 * Selectors are told as they stand: canonical where we compiled them, and as the API server gives them.
 */
export function summaryOf(key: Key, spec: PolicySpec): string {
  const { kind, name } = partsOf(key);
  const types = spec.policyTypes ?? [];
  if (kind === 'Namespace') return `Namespace/${name} ${denial(types)}.`;
  const parties: Record<Direction, Parties | undefined> = {
    Egress: partiesOf(spec, 'Egress', (spec.egress ?? []).map(egressRule)),
    Ingress: partiesOf(spec, 'Ingress', (spec.ingress ?? []).map(ingressRule)),
  };
  const sentence = (most: number) => {
    const part = (direction: Direction) =>
      isolation(direction, types.includes(direction) ? parties[direction] : undefined, most);
    return `${kind}/${name} ${part('Egress')}; ${part('Ingress')}.`;
  };
  for (let most = mostNamed; most > 0; most--) {
    const text = sentence(most);
    if (text.length <= mostCharacters) return text;
  }
  const shortest = sentence(0);
  return shortest.length > mostCharacters ? `${shortest.slice(0, mostCharacters - 1)}…` : shortest;
}

const egressRule = ({ to, ports }: NonNullable<PolicySpec['egress']>[number]): Rule => ({
  ...{ peers: to, ports },
});
const ingressRule = ({ from, ports }: NonNullable<PolicySpec['ingress']>[number]): Rule => ({
  ...{ peers: from, ports },
});

function denial(types: readonly Direction[]): string {
  if (types.length > 1) return 'is default-deny: pods open and accept what other policies allow';
  return types.includes('Ingress')
    ? 'is default-deny for ingress: pods accept what other policies allow, and may open any connection'
    : 'is default-deny for egress: pods open what other policies allow, and accept any connection';
}

/** `undefined` where nobody is left out. */
function isolation(direction: Direction, parties: Parties | undefined, most: number): string {
  const [verb, link] =
    direction === 'Egress' ? ['may open connections', 'to'] : ['accepts connections', 'from'];
  if (parties === undefined) return `${verb} ${link} anyone`;
  const { named, usual } = parties;
  const shown = named.slice(0, most);
  const more = named.length - shown.length;
  const rest = more === 0 ? [] : [shown.length === 0 ? `${more} parties` : `${more} more`];
  const all = [...shown, ...rest, ...usual];
  if (all.length === 0) return direction === 'Egress' ? 'opens no connections' : 'accepts none';
  return `${verb} only ${link} ${listed(all)}`;
}

function listed(all: readonly string[]): string {
  const last = all.at(-1) ?? '';
  return all.length > 1 ? `${all.slice(0, -1).join(', ')} and ${last}` : last;
}

/** Undefined where a rule admits anyone, as on a policy that only marks an exemption. */
function partiesOf(
  spec: PolicySpec,
  direction: Direction,
  rules: readonly Rule[],
): Parties | undefined {
  const named: string[] = [];
  const usual = new Set<string>();
  for (const { peers, ports } of rules) {
    if (peers === undefined || peers.length === 0) return undefined;
    for (const peer of peers) {
      if (ports === undefined && isSelf(peer, spec)) usual.add('its own replicas');
      else if (direction === 'Egress' && isDns(peer, ports)) usual.add('DNS');
      else named.push(describe(nameOf(peer), ports, direction));
    }
  }
  return { named: named.sort(), usual: [...usual].sort() };
}

function describe(name: string, ports: Rule['ports'], direction: Direction): string {
  if (ports === undefined) return name;
  const texts = ports.slice(0, mostPorts).map(portText);
  const text = `${texts.join('+')}${ports.length > mostPorts ? '+…' : ''}`;
  return direction === 'Egress' ? `${name}:${text}` : `${name} on ${text}`;
}

function portText({ protocol = 'TCP', port = '*', endPort }: PolicyPort): string {
  const range = endPort === undefined ? `${port}` : `${port}-${endPort}`;
  return protocol === 'TCP' ? range : `${range}/${protocol.toLowerCase()}`;
}

function nameOf({ ipBlock, podSelector, namespaceSelector }: PolicyPeer): string {
  if (ipBlock !== undefined) return blockText(ipBlock);
  const place = namespaceSelector && soleLabel(namespaceSelector);
  const namespace = place?.[0] === namespaceNameLabel ? place[1] : undefined;
  if (podSelector === undefined || selectsEverything(podSelector)) {
    if (namespaceSelector === undefined) return 'its namespace';
    return namespace === undefined ? namespacesText(namespaceSelector) : `ns/${namespace}`;
  }
  const pods = podsText(podSelector);
  if (namespaceSelector === undefined) return pods;
  return namespace === undefined
    ? `${pods} in ${namespacesText(namespaceSelector)}`
    : `${pods}.${namespace}`;
}

function blockText({ cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>): string {
  // No block of this size is accepted from anyone: it is @internet, without what is no part of it.
  if (cidr.endsWith('/0')) return `the internet (IPv${cidr.includes(':') ? 6 : 4})`;
  if (except.length === 0) return cidr;
  return `${cidr} but for ${except.length} range${except.length > 1 ? 's' : ''}`;
}

function namespacesText(selector: LabelSelector): string {
  return selectsEverything(selector) ? 'every namespace' : `namespaces(${labelsText(selector)})`;
}

function podsText(selector: LabelSelector): string {
  const sole = soleLabel(selector);
  return sole !== undefined && nameLabels.has(sole[0]) ? sole[1] : `pods(${labelsText(selector)})`;
}

function labelsText(selector: LabelSelector): string {
  return formatSelector(selector).replaceAll('app.kubernetes.io/', '');
}

function soleLabel({ matchLabels = {}, matchExpressions }: LabelSelector) {
  if (matchExpressions !== undefined) return undefined;
  const [key, more] = Object.keys(matchLabels);
  return key === undefined || more !== undefined
    ? undefined
    : ([key, matchLabels[key] ?? ''] as const);
}

function isSelf({ podSelector, namespaceSelector }: PolicyPeer, spec: PolicySpec): boolean {
  if (podSelector === undefined || namespaceSelector !== undefined) return false;
  return isSame(podSelector, spec.podSelector ?? {});
}

function isSame(one: LabelSelector, other: LabelSelector): boolean {
  if (one === other) return true;
  const { matchLabels: labels = {}, matchExpressions } = one;
  const { matchLabels: others = {} } = other;
  if (matchExpressions !== undefined || other.matchExpressions !== undefined) {
    return selectorText(one) === selectorText(other);
  }
  const keys = Object.keys(labels);
  return (
    keys.length === Object.keys(others).length && keys.every((key) => labels[key] === others[key])
  );
}

/** The cluster's DNS: its pods, or an address inside the cluster, on DNS ports alone. */
function isDns({ ipBlock, namespaceSelector }: PolicyPeer, ports: Rule['ports'] = []): boolean {
  if (ports.length === 0 || !ports.every(({ port }) => dnsPorts.has(port))) return false;
  if (ipBlock !== undefined) return insideAddress.test(ipBlock.cidr);
  return dnsNamespaces.includes(namespaceSelector?.matchLabels?.[namespaceNameLabel] ?? '');
}
