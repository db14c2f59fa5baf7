import { compileAll } from '../../src/core/compile/compile.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import { type NetworkPolicy, type Protocol, protocols } from '../../src/core/model/policy.ts';
import { allowedPortsBetween } from '../../src/core/reach/allowed-ports.ts';
import { type Endpoint, endpointOf } from '../../src/core/reach/endpoint.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { hasPort, isEveryPort, isNoPort, type PortSet } from '../../src/core/reach/port-set.ts';
import type { TruthParty } from '../../src/core/truth/rule.ts';
import { type Answer, always, createTruth, never } from '../../src/core/truth/truth.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { World } from '../../src/core/world/world.ts';
import { type Probes, probesOf } from './probes.ts';
import { recordsOf } from './worlds.ts';

export function builtOf(world: TruthWorld): World {
  const built = new World(world.settings);
  for (const record of recordsOf(world)) built.put(record);
  return built;
}

/** The policies that compile renders of a world, and the workloads with an overlap. */
export function render(world: TruthWorld): { policies: NetworkPolicy[]; overlaps: Set<string> } {
  const compiled = compileAll(builtOf(world));
  const found = compiled.flatMap(({ findings }) => findings);
  const overlaps = found.flatMap((each) =>
    each.code === 'SelectorOverlap' ? [each.data.workload] : [],
  );
  return { policies: compiled.flatMap(({ policies }) => policies), overlaps: new Set(overlaps) };
}

function namespacesOf({ namespaces }: TruthWorld): Map<string, Labels> {
  return new Map(namespaces.map(({ name, labels }) => [name, labels]));
}

/** Two parties, and the ports to ask of them. */
interface Pair {
  readonly from: Party;
  readonly to: Party;
  readonly ports: readonly number[];
}

/** Every pair of pods on every port. Names make a pod that stands at both ends two pods. */
function* podPairs({ pods, ports }: Probes): Generator<Pair> {
  const receivers = pods.map((pod, index) => ({ ...pod, name: `${index} to` }));
  for (const [index, pod] of pods.entries()) {
    const from = { ...pod, name: `${index} from` };
    for (const to of receivers) yield { from, to, ports };
  }
}

/**
 * Each pod with a share of the addresses on a share of the ports, in both directions: another share
 * for every pod, so that many worlds see them all.
 */
function* addressPairs({ pods, addresses, ports }: Probes): Generator<Pair> {
  const share = <T>(all: readonly T[], of: number, at: number) =>
    all.filter((_, index) => index % of === at % of);
  const outside = addresses.map((address) => ({ address }));
  for (const [i, pod] of pods.entries()) {
    const one = { ...pod, name: `${i}` };
    for (const [j, other] of share(outside, 10, i).entries()) {
      const some = share(ports, 3, i + j);
      yield { from: one, to: other, ports: some };
      yield { from: other, to: one, ports: some };
    }
  }
}

function* pairsOf(probes: Probes): Generator<Pair> {
  yield* podPairs(probes);
  yield* addressPairs(probes);
}

/** Judges pairs by the rendered policies; what isolates a party is looked up once for all pairs. */
export function createJudge(world: TruthWorld): (from: Party, to: Party) => PortSet {
  const source = policySet(namespacesOf(world), render(world).policies);
  const ends = new Map<Party, Endpoint>();
  const endOf = (party: Party) => {
    const known = ends.get(party) ?? endpointOf(source, party);
    ends.set(party, known);
    return known;
  };
  return (from, to) => allowedPortsBetween(endOf(from), endOf(to));
}

interface Flow {
  readonly from: Party;
  readonly to: Party;
  readonly port: number;
  readonly protocol: Protocol;
}

/** The first flow of pods, by their labels, or of addresses on which policies and truth differ, as text. */
export function findDifference(world: TruthWorld): string | undefined {
  const allows = createJudge(world);
  const truth = createTruth(world);
  for (const pair of pairsOf(probesOf(world))) {
    const { from, to } = pair;
    const meant = truth.between(from as TruthParty, to as TruthParty);
    const found = differenceIn(pair, allows(from, to), meant);
    if (found !== undefined) return found;
  }
  return undefined;
}

function differenceIn(
  { from, to, ports }: Pair,
  allowed: PortSet,
  meant: Answer,
): string | undefined {
  if (meant === always && isEveryPort(allowed)) return undefined;
  if (meant === never && isNoPort(allowed)) return undefined;
  for (const port of ports) {
    for (const protocol of protocols) {
      const one = hasPort(allowed, port, protocol);
      if (meant(port, protocol) !== one) return describeFlow({ from, to, port, protocol }, one);
    }
  }
  return undefined;
}

function describeFlow({ from, to, port, protocol }: Flow, allowed: boolean): string {
  const flow = `${JSON.stringify(from)} -> ${JSON.stringify(to)} ${port}/${protocol}`;
  return `the policies ${allowed ? 'allow' : 'refuse'} and truth does not: ${flow}`;
}
