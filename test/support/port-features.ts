import type { PartyName, PeerRef } from '../../src/core/model/declaration.ts';
import type { Feature } from './mode-features.ts';
import type { Spoken } from './spoken.ts';

/* Ports of parties: those of addresses by name, and those that are translated. */

const machines: readonly string[] = ['KubeAPIServer', 'Nodes'];

function hasAddresses(peer: PeerRef): boolean {
  if (peer.type === 'party') return machines.includes(peer.party);
  return ['block', 'internet', 'host'].includes(peer.type);
}

/** An entry that dials a party at ports that are written, and is allowed something. */
const dials = ({ peer, ports, direction, rules }: Spoken, party: PartyName) =>
  peer.type === 'party' &&
  peer.party === party &&
  direction === 'Egress' &&
  ports.length > 0 &&
  rules.length > 0;

/** Whether not all that is dialled is on the same ports: some are translated. */
const onSeveralPorts = ({ rules }: Spoken) =>
  new Set(rules.map(({ ports }) => JSON.stringify(ports))).size > 1;

export const portFeatures: readonly Feature[] = [
  [
    'an entry that dials the API server at a port that is translated',
    1,
    (_, spoken) => spoken.some((one) => dials(one, 'KubeAPIServer') && onSeveralPorts(one)),
  ],
  [
    'an entry that dials the API server at the same ports everywhere',
    10,
    (_, spoken) => spoken.some((one) => dials(one, 'KubeAPIServer') && !onSeveralPorts(one)),
  ],
  [
    'an entry that dials DNS at a port that is translated',
    4,
    (_, spoken) => spoken.some((one) => dials(one, 'DNS') && onSeveralPorts(one)),
  ],
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
