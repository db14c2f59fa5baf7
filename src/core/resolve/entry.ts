import type { Entry } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { Direction } from '../model/policy.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import type { World } from '../world/world.ts';
import { withinEnvironment } from './environments.ts';
import { resolveHost } from './host.ts';
import { ownPorts, ownPortsOfSelected } from './own-ports.ts';
import { resolveParty } from './party.ts';
import { type Parties, type Party, resolvePeer } from './peers.ts';
import {
  literal,
  type Ports,
  portsOfService,
  portsOfWorkload,
  type ResolvedPorts,
} from './ports.ts';

/** A party with the ports on which it is meant; the ports are never an empty list. */
export interface Target extends Party {
  readonly ports: Ports;
}

/** What an entry means in this world: rules for its targets, and what a person should know. */
export interface Resolution {
  readonly targets: readonly Target[];
  readonly problems: readonly Problem[];
}

/** Who wrote an entry, or whom a namespace's entry is added to: it decides own ports and names. */
export interface Writer {
  readonly state: NamespaceState;
  /** The workload whose ports `accepts-from` means; undefined for a selector's own policy. */
  readonly workload?: Workload;
  /** For a selector's own policy: the workloads that the selector matches. */
  readonly selected?: readonly Workload[];
}

/**
 * The one place that knows what `cart:80` is: looks up the party and the ports of an entry.
 * Anything that cannot be found gives no target, and a problem that says why.
 */
export function resolveEntry(
  world: World,
  writer: Writer,
  direction: Direction,
  entry: Entry,
): Resolution {
  const meant = lookUp(world, writer, direction, entry);
  const found = withinEnvironment(world, writer.state.name, entry, meant);
  if (found.parties.length === 0) return { targets: [], problems: found.problems };
  return direction === 'Ingress'
    ? withOwnPorts(writer, found, entry)
    : withTheirPorts(found, entry);
}

function lookUp(world: World, { state }: Writer, direction: Direction, entry: Entry): Parties {
  const { peer, text } = entry;
  if (peer.type === 'host') return resolveHost(world, peer.name, text);
  if (peer.type === 'party') return resolveParty(world, direction, peer.party, entry);
  return resolvePeer(world, state.name, direction, peer, text);
}

function withOwnPorts(writer: Writer, found: Parties, { ports: refs, text }: Entry): Resolution {
  const { state, workload, selected = [] } = writer;
  const own = workload
    ? ownPorts(state, workload, refs, text)
    : ownPortsOfSelected(state, selected, refs, text);
  return combine(found, () => own);
}

function withTheirPorts(found: Parties, { ports: refs, text }: Entry): Resolution {
  const { service, parties } = found;
  const behind = parties.flatMap(({ workload }) => workload ?? []);
  if (service !== undefined && (service.ports.length > 0 || refs.length > 0)) {
    const translated = portsOfService(service, behind, refs, text);
    return combine(found, () => translated);
  }
  return combine(found, ({ workload, dialled }) => {
    if (dialled !== undefined) return { ports: dialled, problems: [] };
    return workload === undefined ? literalPorts(refs) : portsOfWorkload(workload, refs, text);
  });
}

function literalPorts(refs: Entry['ports']): ResolvedPorts {
  return { ports: refs.length === 0 ? 'all' : refs.map(literal), problems: [] };
}

function combine(found: Parties, portsOf: (party: Party) => ResolvedPorts): Resolution {
  const targets: Target[] = [];
  const problems = [...found.problems];
  for (const party of found.parties) {
    const resolved = portsOf(party);
    // The ports of a Service, or of the writer, are the same for every party.
    problems.push(...resolved.problems.filter((problem) => !problems.includes(problem)));
    if (resolved.ports.length > 0) targets.push({ ...party, ports: resolved.ports });
  }
  return { targets, problems };
}
