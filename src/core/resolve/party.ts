import { partyTexts } from '../intent/format.ts';
import type { Entry, PartyName } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import { canonicalSelector } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import type { PartyPods } from '../model/settings.ts';
import { apiServerSources, known, nodeBlocks, runsCilium } from '../world/parties.ts';
import type { World } from '../world/world.ts';
import { dialApiServer } from './api-server.ts';
import { dialDns, findDns } from './dns.ts';
import type { Target } from './entry.ts';
import { blockParty, namespaceSelector, type Parties, type Party, partyOf } from './peers.ts';

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
 * The pods and addresses of a party, and for an entry that is dialled their ports: those of its own, or
 * what the written ones mean there. One of which no port is known is not known, as one of which no
 * peer is.
 */
export function resolveParty(
  world: World,
  direction: Direction,
  party: PartyName,
  entry: Pick<Entry, 'ports' | 'text'>,
): Parties {
  const { ports, text } = entry;
  const dials = direction === 'Egress';
  const found = dials ? dialled(world, party, entry) : sources(world, party);
  const hasPort = ports.length > 0 || found.parties.some((each) => each.dialled?.length !== 0);
  if (found.parties.length === 0 || !hasPort) {
    const setting = dials && party === 'KubeAPIServer' ? '' : settings[party];
    return { parties: [], problems: [partyUnknown(world, party, text, setting)] };
  }
  return { ...found, problems: [...found.problems, ...cannotMatch(world, party, direction, text)] };
}

function dialled(world: World, party: PartyName, entry: Pick<Entry, 'ports' | 'text'>): Parties {
  if (party === 'DNS') return dialDns(world, entry);
  return party === 'KubeAPIServer' ? dialApiServer(world, entry) : sources(world, party);
}

function sources(world: World, party: PartyName): Parties {
  return { parties: sourcesOf(world, party), problems: [] };
}

function sourcesOf(world: World, party: PartyName): Party[] {
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
