import type { PartyName, PortRef } from '../model/declaration.ts';
import type { Protocol } from '../model/policy.ts';
import type { PartyPods } from '../model/settings.ts';
import {
  apiServerFront,
  apiServerPorts,
  apiServerSources,
  apiServerTargets,
} from './api-server.ts';
import { dnsPodRules, dnsRules } from './dns.ts';
import { nodePeers } from './nodes.ts';
import { asWritten, type Peer, podsIn, type Rule, rulesFor, withProtocols } from './rule.ts';
import { addUpPorts, portsAsWritten } from './target-ports.ts';
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
      return refs.length === 0
        ? dnsRules(world)
        : rulesFor(
            dnsRules(world).map(({ peer }) => peer),
            addUpPorts(refs, () => 'all', dnsPort),
          );
    case 'Nodes':
      return refs.length === 0 ? [] : rulesFor(nodePeers(world), portsAsWritten(refs));
    case 'Ingress':
    case 'Monitoring':
      return rulesFor(peersOfParty(voices, party), portsAsWritten(refs));
  }
}

function rulesTowardsApiServer(world: TruthWorld, refs: readonly PortRef[]): Rule[] {
  const front = apiServerFront(world);
  return [
    ...rulesFor(
      apiServerTargets(world),
      addUpPorts(refs, () => apiServerPorts(world), asWritten),
    ),
    ...rulesFor(
      front.peers,
      addUpPorts(refs, () => front.ports, asWritten),
    ),
  ];
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

function dnsPort(ref: PortRef) {
  const both: readonly Protocol[] = ['UDP', 'TCP'];
  return withProtocols(ref, ref.protocol === undefined ? both : [ref.protocol]);
}
