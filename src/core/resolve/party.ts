import { partyTexts } from '../intent/format.ts';
import type { Entry, PartyName } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { canonicalSelector } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import { blockOf } from '../model/range.ts';
import type { ApiServerRecord } from '../model/records.ts';
import type { PartyPods } from '../model/settings.ts';
import {
  apiServerFront,
  apiServerSources,
  known,
  nodeBlocks,
  runsCilium,
} from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { findDns } from './dns.ts';
import type { Target } from './entry.ts';
import { namespaceSelector, type Parties, type Party, partyOf } from './peers.ts';

/** What the setting of a party is called; none for those that are only ever found. */
const settings: Readonly<Record<PartyName, string>> = {
  KubeAPIServer: 'parties.apiServerSources',
  DNS: '',
  Nodes: 'parties.nodeSources',
  Ingress: 'parties.ingress',
  Monitoring: 'parties.monitoring',
};

/** The pods of a party, as a peer seen from any namespace. */
export function podsParty({ namespace, selector }: PartyPods): Party {
  const podSelector = canonicalSelector(selector);
  return { peer: { podSelector, namespaceSelector: namespaceSelector(namespace) }, namespace };
}

/** Where requests of the API server come from, as peers. */
export function apiServerParties(world: World): Party[] {
  const { configured, agents, nodes } = apiServerSources(world);
  return [...[...configured, ...nodes].map(blockParty), ...agents.map(partyOf)];
}

/** That nothing is known of a party, so that there is no rule for it. */
export function partyUnknown(
  world: World,
  party: PartyName,
  text: string,
  setting = settings[party],
): Problem {
  const data = {
    text,
    party: partyTexts[party],
    setting,
    missing: missingOf(world, party),
  };
  return { code: 'PartyUnknown', data };
}

/** The namespaces in which the settings have a party, and that are not there. */
function missingOf(world: World, party: PartyName): string {
  const { ingress, monitoring } = world.settings.parties;
  const pods = { Ingress: ingress, Monitoring: monitoring, KubeAPIServer: [], DNS: [], Nodes: [] };
  const homes = new Set(pods[party].map(({ namespace }) => namespace));
  return [...homes].filter((name) => world.existing(name) === undefined).join(', ');
}

/**
 * The pods and addresses of a party. Their ports, for an entry that is dialled: a party that has its
 * own tells them; a port that is written counts in its stead, on every peer. One of which no port is
 * known is not known, as one of which no peer is.
 */
export function resolveParty(
  world: World,
  direction: Direction,
  party: PartyName,
  { ports, text }: Pick<Entry, 'ports' | 'text'>,
): Parties {
  const parties = direction === 'Egress' ? dialled(world, party) : sources(world, party);
  const hasPort = ports.length > 0 || parties.some(({ own }) => own?.ports.length !== 0);
  if (parties.length === 0 || !hasPort) {
    const found = direction === 'Egress' && party === 'KubeAPIServer';
    const unknown = partyUnknown(world, party, text, found ? '' : settings[party]);
    return { parties: [], problems: [unknown] };
  }
  return { parties, problems: cannotMatch(world, party, direction, text) };
}

function dialled(world: World, party: PartyName): Party[] {
  if (party === 'DNS') {
    return findDns(world).targets.map(({ ports, ...each }) => ({
      ...each,
      own: { ports, protocols: ['UDP', 'TCP'] },
    }));
  }
  return party === 'KubeAPIServer' ? dialledApiServer(world) : sources(world, party);
}

/**
 * Its endpoints, and, where those and their ports are known, the ClusterIPs in front of them: it is not
 * defined whether a policy is applied before or after an address of a Service is translated.
 */
function dialledApiServer(world: World): Party[] {
  const ports = world.outside.apiServerPorts();
  const addresses = world.outside.apiServerAddresses();
  const { clusterIPs = [], ports: served = [] } = apiServerFront(world) ?? {};
  const fronts = addresses.length > 0 && ports.length > 0 ? clusterIPs : [];
  return [
    ...addresses.map((address) => addressParty(address, ports)),
    ...fronts.map((address) => addressParty(address, served)),
  ];
}

function addressParty(address: string, ports: ApiServerRecord['ports']): Party {
  const own = ports.map(({ port, protocol }) => ({ protocol, port }));
  return { ...blockParty(blockOf(address)), own: { ports: own, protocols: ['TCP'] } };
}

function sources(world: World, party: PartyName): Party[] {
  const { ingress, monitoring } = world.settings.parties;
  switch (party) {
    case 'KubeAPIServer':
      return apiServerParties(world);
    case 'DNS':
      return findDns(world).targets.flatMap(podsOnly);
    case 'Nodes':
      return nodeBlocks(world).map(blockParty);
    case 'Ingress':
      return known(world, ingress).map(podsParty);
    case 'Monitoring':
      return known(world, monitoring).map(podsParty);
  }
}

function podsOnly({ ports: _, ...party }: Target): Party[] {
  return party.peer.ipBlock === undefined ? [party] : [];
}

function blockParty(cidr: string): Party {
  return { peer: { ipBlock: { cidr } } };
}

/** Cilium tells nodes and the API server by identity, and applies no ipBlock to them. */
function cannotMatch(
  world: World,
  party: PartyName,
  direction: Direction,
  text: string,
): Problem[] {
  if (!runsCilium(world)) return [];
  if (party === 'Nodes') return [engineCannot(text, ['host', 'remote-node'], direction)];
  if (party !== 'KubeAPIServer') return [];
  const byNode = apiServerSources(world).nodes.length > 0;
  if (direction === 'Ingress' && !byNode) return [];
  return [engineCannot(text, ['kube-apiserver'], direction)];
}

/** That the engine cannot carry out a rule for addresses of the cluster's own. */
export function engineCannot(
  text: string,
  entities: readonly string[],
  direction: Direction,
): Problem {
  const field = direction === 'Egress' ? 'toEntities' : 'fromEntities';
  return { code: 'EngineCannot', data: { text, entity: `${field}: ${entities.join(', ')}` } };
}
