import type { PartyName, PeerRef, PortRef, WorkloadKind } from '../model/declaration.ts';
import { kindOfName } from '../model/kinds.ts';
import type { LabelSelector } from '../model/labels.ts';

/** An entry in words close to the annotation's language, for messages and status. */
export function formatEntry(peer: PeerRef, ports: readonly PortRef[]): string {
  const party = formatPeer(peer);
  return ports.length === 0 ? party : `${party}:${ports.map(formatPort).join('+')}`;
}

export function formatPort({ port, endPort, protocol }: PortRef): string {
  const range = endPort === undefined ? `${port}` : `${port}-${endPort}`;
  return protocol === undefined ? range : `${range}/${protocol.toLowerCase()}`;
}

function formatPeer(peer: PeerRef): string {
  switch (peer.type) {
    case 'name':
      return withNamespace(peer.name, peer.namespace);
    case 'service':
      return `svc/${withNamespace(peer.name, peer.namespace)}`;
    case 'workload':
      return `${wordOf(peer.kind)}/${withNamespace(peer.name, peer.namespace)}`;
    case 'pods':
      return `pods(${formatSelector(peer.selector)})${
        peer.namespaceSelector ? ` in namespaces(${formatSelector(peer.namespaceSelector)})` : ''
      }`;
    case 'namespace':
      return `ns/${peer.name}`;
    case 'namespaces':
      return `namespaces(${formatSelector(peer.selector)})`;
    case 'block':
      return peer.cidr.includes(':') ? `[${peer.cidr}]` : peer.cidr;
    case 'own':
      return '@namespace';
    case 'cluster':
      return '@cluster';
    case 'internet':
      return '@internet';
    case 'host':
      return `host/${peer.name}`;
    case 'party':
      return partyTexts[peer.party];
  }
}

/** Parties as entries write them. */
export const partyTexts: Readonly<Record<PartyName, string>> = {
  KubeAPIServer: '@kube-apiserver',
  DNS: '@dns',
  Nodes: '@nodes',
  Ingress: '@ingress',
  Monitoring: '@monitoring',
};

function wordOf(kind: WorkloadKind): string {
  return kindOfName(kind).kind.toLowerCase();
}

function withNamespace(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${name}.${namespace}`;
}

/** A selector in kubectl's `-l` notation. */
export function formatSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${(values ?? []).join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}
