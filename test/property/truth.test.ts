import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import {
  directions,
  type NetworkPolicy,
  type Protocol,
  protocols,
} from '../../src/core/model/policy.ts';
import type { WorkloadRecord } from '../../src/core/model/records.ts';
import { findAllowAll } from '../../src/core/plan/guard.ts';
import { allowedPortsBetween } from '../../src/core/reach/allowed-ports.ts';
import { type Endpoint, endpointOf } from '../../src/core/reach/endpoint.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { hasPort, type PortSet } from '../../src/core/reach/port-set.ts';
import type { TruthParty, TruthPod } from '../../src/core/truth/rule.ts';
import { createTruth } from '../../src/core/truth/truth.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { World } from '../../src/core/world/world.ts';
import { probesOf } from '../support/probes.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 1000);

function render(world: TruthWorld): { policies: NetworkPolicy[]; overlaps: Set<string> } {
  const built = new World(world.settings);
  for (const record of recordsOf(world)) built.put(record);
  const compiled = compileAll(built);
  const found = compiled.flatMap(({ findings }) => findings);
  const overlaps = found.flatMap((each) =>
    each.code === 'SelectorOverlap' ? [each.data.workload] : [],
  );
  return { policies: compiled.flatMap(({ policies }) => policies), overlaps: new Set(overlaps) };
}

function namespacesOf({ namespaces }: TruthWorld): Map<string, Labels> {
  return new Map(namespaces.map(({ name, labels }) => [name, labels]));
}

interface Pair {
  readonly from: Party;
  readonly to: Party;
  readonly ports: readonly number[];
}

/**
 * Every pair of pods on every port, and each pod with a share of the addresses on a share of the
 * ports: another share for every pod, so that many worlds see them all. Names make a pod that
 * stands at both ends two pods.
 */
function* pairsOf(world: TruthWorld): Generator<Pair> {
  const { pods, addresses, ports } = probesOf(world);
  const senders = pods.map((pod, index) => ({ ...pod, name: `${index} from` }));
  const receivers = pods.map((pod, index) => ({ ...pod, name: `${index} to` }));
  const outside = addresses.map((address) => ({ address }));
  const share = <T>(all: readonly T[], of: number, at: number) =>
    all.filter((_, index) => index % of === at % of);
  for (const [i, from] of senders.entries()) {
    for (const to of receivers) yield { from, to, ports };
    for (const [j, address] of share(outside, 4, i).entries()) {
      const some = share(ports, 3, i + j);
      yield { from, to: address, ports: some };
      yield { from: address, to: from, ports: some };
    }
  }
}

/** Judges pairs by the rendered policies; what isolates a party is looked up once for all pairs. */
function createJudge(world: TruthWorld): (from: Party, to: Party) => PortSet {
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

/** The first flow on which the rendered policies and truth differ, as text. */
function findDifference(world: TruthWorld): string | undefined {
  const allows = createJudge(world);
  const truth = createTruth(world);
  for (const { from, to, ports } of pairsOf(world)) {
    const allowed = allows(from, to);
    const differs = ({ port, protocol }: Flow) =>
      truth.allows(from as TruthParty, to as TruthParty, port, protocol) !==
      hasPort(allowed, port, protocol);
    const flows = ports.flatMap((port) =>
      protocols.map((protocol) => ({ from, to, port, protocol })),
    );
    const found = flows.find(differs);
    if (found !== undefined)
      return describeFlow(found, hasPort(allowed, found.port, found.protocol));
  }
  return undefined;
}

function describeFlow({ from, to, port, protocol }: Flow, allowed: boolean): string {
  const flow = `${JSON.stringify(from)} -> ${JSON.stringify(to)} ${port}/${protocol}`;
  return `the policies ${allowed ? 'allow' : 'refuse'} and truth does not: ${flow}`;
}

/** The pods that a workload makes from its template. */
function ownedPods(world: TruthWorld): { owner: WorkloadRecord; pod: TruthPod }[] {
  const { pods } = probesOf(world);
  return pods.flatMap(({ owner, ...pod }) => (owner === undefined ? [] : [{ owner, pod }]));
}

function named(pod: TruthPod, name: string): Party {
  return { ...pod, name };
}

describe('In every world', () => {
  test('rendered policies, judged by reach, allow exactly what truth says of pods by their labels', () => {
    fc.assert(
      fc.property(worlds(), (world) => expect(findDifference(world)).toBeUndefined()),
      { numRuns: runs },
    );
  }, 600_000);

  test('where each pod is matched by its own workload only, they allow what its owner says', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const allows = createJudge(world);
        const truth = createTruth(world);
        const { ports } = probesOf(world);
        const alone = ownedPods(world).filter(({ owner, pod }) => {
          const speakers = truth.speakersFor(pod);
          return speakers.length === 1 && speakers[0] === owner;
        });
        for (const [from, to] of alone.flatMap((one) =>
          alone.map((other) => [one, other] as const),
        )) {
          const allowed = allows(named(from.pod, 'from'), named(to.pod, 'to'));
          const wanted = ports.map((port) =>
            truth.allowsByOwner(from.owner, from.pod, to.owner, to.pod, port, 'TCP'),
          );
          expect(ports.map((port) => hasPort(allowed, port, 'TCP'))).toEqual(wanted);
        }
      }),
      { numRuns: runs },
    );
  }, 600_000);

  test('a workload whose pods take part in another isolated one is named in a finding', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        const { overlaps } = render(world);
        const truth = createTruth(world);
        for (const { owner, pod } of ownedPods(world)) {
          const others = truth
            .speakersFor(pod)
            .filter((speaker) => speaker.kind === 'Workload' && speaker !== owner);
          const isolated = directions.some((direction) => truth.isolated(pod, direction));
          if (others.length > 0 && isolated) expect([...overlaps]).toContain(keyOf(owner.ref));
        }
      }),
      { numRuns: runs },
    );
  }, 600_000);

  test('no rule is without peers, and every rule names a peer', () => {
    fc.assert(
      fc.property(worlds(), (world) => {
        for (const policy of render(world).policies) expect(findAllowAll(policy)).toBeUndefined();
      }),
      { numRuns: runs },
    );
  }, 600_000);
});
