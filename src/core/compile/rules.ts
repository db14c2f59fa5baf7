import { compareText, type LabelSelector } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { PolicyPeer, PolicyPort } from '../model/policy.ts';
import type { Target } from '../resolve/entry.ts';

/** Peers that share exactly the same ports. `ports` is undefined for every port. */
export interface RuleBody {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[] | undefined;
}

/** A peer, by its text, with all of its ports; undefined for every port. */
export interface PeerPorts {
  readonly text: string;
  readonly peer: PolicyPeer;
  readonly ports: readonly PolicyPort[] | undefined;
}

/**
 * Groups targets into rules: each peer once, with all of its ports, and peers of equal ports
 * together; everything sorted, so that the same meaning gives the same bytes. Peers of the policy's
 * own namespace are written without a namespaceSelector.
 */
export function groupTargets(targets: readonly Target[], namespace: string): RuleBody[] {
  return groupPeers(peersOf(targets, namespace));
}

/** The peers of some targets as they are written in a namespace, each once with all of its ports. */
export function peersOf(targets: readonly Target[], namespace: string): PeerPorts[] {
  const byPeer = new Map<string, Collected>();
  for (const target of targets) collect(byPeer, target, namespace);
  return [...byPeer.values()];
}

/** Rules for peers that are there once each. */
export function groupPeers(all: readonly PeerPorts[]): RuleBody[] {
  const byPorts = new Map<string, { ports: PolicyPort[] | undefined; parties: PeerPorts[] }>();
  for (const party of all) {
    const ports = party.ports && inOrder(party.ports);
    const text = JSON.stringify(ports ?? 'all');
    const rule = byPorts.get(text);
    if (rule === undefined) byPorts.set(text, { ports, parties: [party] });
    else rule.parties.push(party);
  }
  const rules = [...byPorts].sort(([a], [b]) => compareText(a, b));
  return rules.map(([, { ports, parties }]) => ({
    peers: parties.sort((a, b) => compareText(a.text, b.text)).map(({ peer }) => peer),
    ports,
  }));
}

/** A peer while its ports are still being added up. */
interface Collected extends PeerPorts {
  ports: PolicyPort[] | undefined;
}

function collect(byPeer: Map<string, Collected>, target: Target, namespace: string): void {
  const peer = seenFrom(namespace, target.peer);
  const text = JSON.stringify(peer);
  const ports = target.ports === 'all' ? undefined : [...target.ports];
  const known = byPeer.get(text);
  if (known === undefined) byPeer.set(text, { text, peer, ports });
  else if (ports === undefined) known.ports = undefined;
  else known.ports?.push(...ports);
}

/** Ports in one form, sorted and each once. */
function inOrder(ports: readonly PolicyPort[]): PolicyPort[] {
  if (ports.length === 1) return ports.map(ordered);
  const byText = new Map(ports.map((port) => [portText(port), ordered(port)]));
  return [...byText].sort(([a], [b]) => compareText(a, b)).map(([, port]) => port);
}

/** A peer as it is written in a namespace: its own namespace is left unsaid. */
function seenFrom(namespace: string, peer: PolicyPeer): PolicyPeer {
  const { podSelector, namespaceSelector } = peer;
  if (peer.ipBlock !== undefined) return peer;
  if (namespaceSelector === undefined || selectsOnly(namespaceSelector, namespace)) {
    return { podSelector: podSelector ?? {} };
  }
  return { namespaceSelector, ...(podSelector !== undefined && { podSelector }) };
}

/** Whether a selector is the one of this namespace, by the label of its name. */
function selectsOnly({ matchLabels = {}, matchExpressions }: LabelSelector, namespace: string) {
  const sole = Object.keys(matchLabels).length === 1 && matchExpressions === undefined;
  return sole && matchLabels[namespaceNameLabel] === namespace;
}

function ordered({ protocol = 'TCP', port, endPort }: PolicyPort): PolicyPort {
  return {
    protocol,
    ...(port !== undefined && { port }),
    ...(endPort !== undefined && { endPort }),
  };
}

/** Sorts by protocol, numbers before names, numbers by value. */
function portText({ protocol = 'TCP', port = 0, endPort }: PolicyPort): string {
  const first = typeof port === 'number' ? `0${`${port}`.padStart(5, '0')}` : `1${port}`;
  return `${protocol}/${first}/${endPort ?? ''}`;
}
