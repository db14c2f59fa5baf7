import type { PartyName, PortRef } from '../model/declaration.ts';
import type { PartyPods } from '../model/settings.ts';
import {
  apiServerFront,
  apiServerFrontPort,
  apiServerPort,
  apiServerPorts,
  apiServerSources,
  apiServerTargets,
} from './api-server.ts';
import { dnsPodRules, dnsRules, dnsRulesOn } from './dns.ts';
import { nodePeers } from './nodes.ts';
import { type Peer, podsIn, type Rule, rulesFor } from './rule.ts';
import { addUpPorts, portsAsWritten, untranslated } from './target-ports.ts';
import { namespaceExists, type TruthWorld, type Voices } from './voices.ts';

/* "Parties" of 0010: the table of entries, cell by cell. */

/** Column talks-to. */
export function rulesTowardsParty(
  voices: Voices,
  party: PartyName,
  refs: readonly PortRef[],
): Rule[] {
  const { world } = voices;
  switch (party) {
    case 'KubeAPIServer':
      return rulesTowardsApiServer(world, refs);
    case 'DNS':
      return refs.length === 0 ? dnsRules(world) : dnsRulesOn(world, refs);
    case 'Nodes':
      return refs.length === 0 ? [] : rulesFor(nodePeers(world), portsAsWritten(refs));
    case 'Ingress':
    case 'Monitoring':
      return rulesFor(peersOfParty(voices, party), portsAsWritten(refs));
  }
}

function rulesTowardsApiServer(world: TruthWorld, refs: readonly PortRef[]): Rule[] {
  const front = apiServerFront(world);
  const ports = addUpPorts(
    refs,
    () => apiServerPorts(world),
    (ref) => apiServerPort(world, ref),
  );
  const served = front.ports.map(untranslated);
  const atFront = addUpPorts(
    refs,
    () => served,
    (ref) => apiServerFrontPort(world, ref),
  );
  return [...rulesFor(apiServerTargets(world), ports), ...rulesFor(front.peers, atFront)];
}

/** Column accepts-from: who they are; the ports are the writer's own. */
export function peersOfParty(voices: Voices, party: PartyName): Peer[] {
  const { world } = voices;
  const { ingress, monitoring } = world.settings.parties;
  switch (party) {
    case 'KubeAPIServer':
      return apiServerSources(world);
    case 'DNS':
      return dnsPodRules(world).map(({ peer }) => peer);
    case 'Nodes':
      return nodePeers(world);
    case 'Ingress':
      return peersOfPods(voices, ingress);
    case 'Monitoring':
      return peersOfPods(voices, monitoring);
  }
}

/** The pods of configured parties; none of a namespace that does not exist. */
export function peersOfPods(voices: Voices, parties: readonly PartyPods[]): Peer[] {
  return parties
    .filter(({ namespace }) => namespaceExists(voices, namespace))
    .map(({ namespace, selector }) => podsIn(namespace, selector));
}
