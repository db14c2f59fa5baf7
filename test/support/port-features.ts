import type { PeerRef } from '../../src/core/model/declaration.ts';
import type { Feature } from './mode-features.ts';

/* Ports of parties: those of addresses by name, and those that are translated. */

const machines: readonly string[] = ['KubeAPIServer', 'Nodes'];

function hasAddresses(peer: PeerRef): boolean {
  if (peer.type === 'party') return machines.includes(peer.party);
  return ['block', 'internet', 'host'].includes(peer.type);
}

export const portFeatures: readonly Feature[] = [
  [
    'an entry that accepts addresses on a port of its own by name',
    5,
    (_, spoken) =>
      spoken.some(
        ({ peer, ports, direction, rules }) =>
          direction === 'Ingress' &&
          hasAddresses(peer) &&
          ports.some(({ port }) => typeof port === 'string') &&
          rules.length > 0,
      ),
  ],
];
