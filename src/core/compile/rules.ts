import { canonicalSelector, compareText } from '../model/labels.ts';
import type { PolicyPeer, PolicyPort } from '../model/policy.ts';
import type { Target } from '../resolve/entry.ts';
import { namespaceSelector } from '../resolve/peers.ts';

/** Peers that share exactly the same ports. `ports` is undefined for every port. */
export interface RuleBody {
  readonly peers: readonly PolicyPeer[];
  readonly ports: readonly PolicyPort[] | undefined;
}

interface PeerPorts {
  readonly peer: PolicyPeer;
  /** Ports by their text; undefined for every port. */
  ports: Map<string, PolicyPort> | undefined;
}

/**
 * Groups targets into rules: each peer once, with all of its ports, and peers of equal ports
 * together; everything sorted, so that the same meaning gives the same bytes. Peers of the policy's
 * own namespace are written without a namespaceSelector.
 */
export function groupTargets(targets: readonly Target[], namespace: string): RuleBody[] {
  const byPeer = new Map<string, PeerPorts>();
  for (const target of targets) collect(byPeer, target, namespace);
  const byPorts = new Map<
    string,
    { peers: Map<string, PolicyPeer>; ports: PolicyPort[] | undefined }
  >();
  for (const [text, { peer, ports }] of byPeer) {
    const sorted =
      ports && [...ports].sort(([a], [b]) => compareText(a, b)).map(([, port]) => port);
    const key = JSON.stringify(sorted ?? 'all');
    const rule = byPorts.get(key) ?? { peers: new Map(), ports: sorted };
    rule.peers.set(text, peer);
    byPorts.set(key, rule);
  }
  const rules = [...byPorts].sort(([a], [b]) => compareText(a, b));
  return rules.map(([, { peers, ports }]) => ({
    peers: [...peers].sort(([a], [b]) => compareText(a, b)).map(([, peer]) => peer),
    ports,
  }));
}

function collect(byPeer: Map<string, PeerPorts>, target: Target, namespace: string): void {
  const peer = seenFrom(namespace, target.peer);
  const text = JSON.stringify(peer);
  const known = byPeer.get(text);
  if (target.ports === 'all') {
    if (known === undefined) byPeer.set(text, { peer, ports: undefined });
    else known.ports = undefined;
    return;
  }
  if (known !== undefined && known.ports === undefined) return;
  const ports = known?.ports ?? new Map<string, PolicyPort>();
  for (const port of target.ports) ports.set(portText(port), ordered(port));
  if (known === undefined) byPeer.set(text, { peer, ports });
}

/** A peer in one canonical form; its own namespace is left unsaid. */
function seenFrom(namespace: string, peer: PolicyPeer): PolicyPeer {
  if (peer.ipBlock !== undefined) return peer;
  const pods = peer.podSelector && canonicalSelector(peer.podSelector);
  const namespaces = peer.namespaceSelector && canonicalSelector(peer.namespaceSelector);
  const own = JSON.stringify(namespaces) === JSON.stringify(namespaceSelector(namespace));
  if (own || namespaces === undefined) return { podSelector: pods ?? {} };
  return { namespaceSelector: namespaces, ...(pods !== undefined && { podSelector: pods }) };
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
