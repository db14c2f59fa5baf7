import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { type ConnectionChange, diffConnections } from '../../src/core/diff/connections.ts';
import type { PolicySets } from '../../src/core/diff/policies.ts';
import { replayPlan } from '../../src/core/diff/replay.ts';
import { keyOf } from '../../src/core/model/identity.ts';
import { selects } from '../../src/core/model/labels.ts';
import { isOurs } from '../../src/core/model/ownership.ts';
import type { NetworkPolicy } from '../../src/core/model/policy.ts';
import { nameOfPolicy } from '../../src/core/model/policy.ts';
import { contains, prefixLength } from '../../src/core/model/range.ts';
import type { WorkloadRecord } from '../../src/core/model/records.ts';
import { specText } from '../../src/core/plan/compare.ts';
import { allowedPorts } from '../../src/core/reach/allowed-ports.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { isNoPort, type PortSet, subtractPorts } from '../../src/core/reach/port-set.ts';
import type { TruthWorld } from '../../src/core/truth/voices.ts';
import { World } from '../../src/core/world/world.ts';
import { podOf } from '../support/ask.ts';
import { addressesToProbe } from '../support/probes.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

jest.setTimeout(timeFor(runs));

interface Case {
  readonly world: TruthWorld;
  readonly sets: PolicySets;
  readonly addresses: readonly string[];
}

function worldOf(world: TruthWorld): World {
  const built = new World(world.settings);
  built.load(recordsOf(world));
  return built;
}

function render(world: TruthWorld): NetworkPolicy[] {
  return compileAll(worldOf(world)).flatMap(({ policies }) => policies);
}

/** Of two of one name the last. */
function byName(policies: readonly NetworkPolicy[]): NetworkPolicy[] {
  return [...new Map(policies.map((policy) => [nameOfPolicy(policy), policy])).values()];
}

/** Two mixtures of what two worlds render, over the workloads of the first. */
const cases: fc.Arbitrary<Case> = fc.tuple(worlds(), worlds()).chain(([world, other]) => {
  const all = [...render(world), ...render(other)];
  const addresses = [...new Set([world, other].flatMap(addressesToProbe))];
  return fc.tuple(fc.shuffledSubarray(all), fc.shuffledSubarray(all)).map(([before, after]) => ({
    world,
    sets: { before: byName(before), after: byName(after) },
    addresses,
  }));
});

function createCompare({ world, sets }: Case): (from: Party, to: Party) => string {
  const labels = new Map(world.namespaces.map(({ name, labels: own }) => [name, own]));
  const [before, after] = [policySet(labels, sets.before), policySet(labels, sets.after)];
  return (from, to) => {
    const [old, now] = [allowedPorts(before, from, to), allowedPorts(after, from, to)];
    return textOf({ gained: subtractPorts(now, old), lost: subtractPorts(old, now) });
  };
}

/** '' where nothing changes. */
function textOf({ gained, lost }: { gained: PortSet; lost: PortSet }): string {
  return isNoPort(gained) && isNoPort(lost) ? '' : JSON.stringify({ gained, lost });
}

function pairOf({ from, to }: Pick<ConnectionChange, 'from' | 'to'>): string {
  return `${from} -> ${to}`;
}

function judgeable({ world }: Case): WorkloadRecord[] {
  return world.workloads.filter(({ hostNetwork }) => !hostNetwork);
}

function isWorkload(name: string): boolean {
  return /^[A-Z]/.test(name);
}

/** Every pair of workloads that changes, found by judging all of them. */
function naively(given: Case): string[] {
  const compare = createCompare(given);
  const all = judgeable(given);
  return all.flatMap((from) =>
    all.flatMap((to) => {
      const text = compare(podOf(from), podOf(to));
      const pair = { from: keyOf(from.ref), to: keyOf(to.ref) };
      return text === '' ? [] : [`${pairOf(pair)} ${text}`];
    }),
  );
}

/** The word for an address as seen by a workload: the smallest block that its rules name. */
function wordsFor(given: Case, { ref, labels }: WorkloadRecord, side: 'ingress' | 'egress') {
  const type = side === 'ingress' ? 'Ingress' : 'Egress';
  const own = [...given.sets.before, ...given.sets.after].filter(
    ({ metadata, spec }) =>
      metadata.namespace === ref.namespace &&
      spec.policyTypes?.includes(type) &&
      selects(spec.podSelector ?? {}, labels),
  );
  const texts = JSON.stringify(own.map(({ spec }) => spec[side]));
  const named = [...texts.matchAll(/"([0-9a-f.:]+\/\d+)"/g)].map(([, block = '']) => block);
  return (address: string) => {
    const single = `${address}/${address.includes(':') ? 128 : 32}`;
    const around = [...named, '0.0.0.0/0', '::/0'].filter((block) => contains(block, single));
    const [smallest = ''] = around.sort((a, b) => prefixLength(b) - prefixLength(a));
    const family = { '0.0.0.0/0': '(IPv4)', '::/0': '(IPv6)' }[smallest];
    return family === undefined ? [smallest] : [`internet ${family}`, `outside ${family}`];
  };
}

describe('The connections that a change of policies gains and loses', () => {
  test('are those that judging every pair of workloads twice finds, each once', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const found = [...diffConnections(worldOf(given.world), given.sets)].filter(
          ({ from, to }) => isWorkload(from) && isWorkload(to),
        );
        const texts = found.map((change) => `${pairOf(change)} ${textOf(change)}`);
        expect(texts.sort()).toEqual(naively(given).sort());
      }),
      runsOf(runs / 2),
    );
  });

  test('to and from any address are those of the smallest block that is named around it', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const compare = createCompare(given);
        const found = new Map(
          [...diffConnections(worldOf(given.world), given.sets)].map((change) => [
            pairOf(change),
            textOf(change),
          ]),
        );
        for (const [index, workload] of judgeable(given).entries()) {
          const name = keyOf(workload.ref);
          const pod = podOf(workload);
          const [sources, targets] = [
            wordsFor(given, workload, 'ingress'),
            wordsFor(given, workload, 'egress'),
          ];
          const lookUp = (pairs: string[]) => pairs.map((pair) => found.get(pair) ?? '').join('');
          const some = given.addresses.filter((_, at) => at % 4 === index % 4);
          const told = some.map((address) => [
            address,
            lookUp(targets(address).map((to) => `${name} -> ${to}`)),
            lookUp(sources(address).map((from) => `${from} -> ${name}`)),
          ]);
          const judged = some.map((address) => [
            address,
            compare(pod, { address }),
            compare({ address }, pod),
          ]);
          expect(told).toEqual(judged);
        }
      }),
      runsOf(runs / 4),
    );
  });

  test('of a set with itself are none, and back they are the opposite', () => {
    fc.assert(
      fc.property(cases, ({ world, sets }) => {
        const built = worldOf(world);
        const same = { before: sets.before, after: [...sets.before].reverse() };
        expect([...diffConnections(built, same)]).toEqual([]);
        const there = [...diffConnections(built, sets)];
        const back = [...diffConnections(built, { before: sets.after, after: sets.before })];
        const turned = back.map(({ gained, lost, ...pair }) => ({
          ...pair,
          ...{ gained: lost, lost: gained },
        }));
        const sorted = (changes: ConnectionChange[]) =>
          changes.map((change) => `${pairOf(change)} ${textOf(change)}`).sort();
        expect(sorted(turned)).toEqual(sorted(there));
      }),
      runsOf(runs / 10),
    );
  });
});

describe('The plan, replayed until nothing is left to write', () => {
  /** A world in which policies of an earlier one are live, some of them not ours. */
  const lived = fc.tuple(worlds(), worlds(), fc.nat()).map(([now, earlier, foreign]) => {
    const world = worldOf(now);
    const live = byName(render(earlier)).map((policy, index) => ({
      ...{ kind: 'NetworkPolicy' as const, uid: `${index}`, resourceVersion: '1' },
      ...{ policy, applied: foreign % 3 !== 0 || index % 4 !== 0 },
    }));
    world.load(live);
    return world;
  });

  const recordsIn = (world: World) =>
    [...world.namespaces()].flatMap(([, { policies }]) => [...policies.values()]);
  const textsOf = (policies: readonly NetworkPolicy[]) =>
    policies.map((policy) => `${policy.metadata.namespace} ${specText(policy)}`).sort();

  test('leaves exactly what is wanted, under a second name beside what is not ours, and ends', () => {
    fc.assert(
      fc.property(lived, (world) => {
        const theirs = recordsIn(world).filter((record) => !isOurs(record));
        const { unsettled, findings } = replayPlan(world);
        expect(unsettled).toEqual([]);
        // Where a write waits for somebody to confirm it, others of its namespace may wait for that.
        const unconfirmed = new Set(
          findings
            .filter(({ code }) => code === 'WouldBreakParty')
            .map(({ object }) => object.namespace || object.name),
        );
        const live = recordsIn(world);
        expect(live.filter((record) => !isOurs(record))).toEqual(theirs);
        const isMeant = ({ metadata }: NetworkPolicy) => !unconfirmed.has(metadata.namespace);
        const wanted = compileAll(world).flatMap(({ policies }) => policies);
        const ours = live.filter(isOurs).map(({ policy }) => policy);
        expect(textsOf(ours.filter(isMeant))).toEqual(textsOf(wanted.filter(isMeant)));
        expect(replayPlan(world).writes).toEqual([]);
      }),
      runsOf(runs / 2),
    );
  });
});
