import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { runs, runsOf, timeFor } from '../../../test/support/runs.ts';
import type { ScriptedLease } from './fixtures/scripted-lease.ts';
import { type Fate, type Player, pace, Simulation } from './fixtures/simulation.ts';

jest.setTimeout(timeFor(runs));
const chaos = 120_000;

const delay = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 100 }) },
  // Also long after whoever sent it has given up.
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  // Just within, or just beyond, the time-out of a call.
  { weight: 1, arbitrary: fc.integer({ min: 4_000, max: 5_600 }) },
);
const fates: fc.Arbitrary<Fate> = fc.record({
  there: delay,
  back: delay,
  late: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
  ),
  fault: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('request lost', 'answer lost', 'refused') },
  ),
}) as fc.Arbitrary<Fate>;
const moment = fc.integer({ min: 0, max: chaos });

const players: fc.Arbitrary<Player> = fc.record(
  {
    installation: fc.oneof(
      { weight: 5, arbitrary: fc.constant('a') },
      { weight: 1, arbitrary: fc.constant('b') },
    ),
    rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
    offset: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    wallClock: fc.record({
      startsAt: fc.constantFrom(0, 1_795_000_000_000, 4_000_000_000_000),
      rate: fc.constantFrom(0, 1),
    }),
    startsAt: fc.oneof(fc.integer({ min: 0, max: 5_000 }), moment),
    pauses: fc.array(fc.record({ at: moment, lasts: fc.integer({ min: 1, max: 40_000 }) }), {
      maxLength: 3,
    }),
    ends: fc.record({ at: moment, well: fc.boolean() }),
  },
  {
    requiredKeys: ['installation', 'rate', 'offset', 'wallClock', 'startsAt', 'pauses'],
  },
) as fc.Arbitrary<Player>;

type Hand = (lease: ScriptedLease) => void;

/** What people and tools do to a Lease. Only whoever forges a release is believed. */
const hands: fc.Arbitrary<Hand> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Hand>((lease) => lease.remove()) },
  {
    weight: 2,
    arbitrary: fc.nat(9).map(
      (back): Hand =>
        (lease) =>
          lease.restore(back),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(3).map((node): Hand => {
      return (lease) => lease.edit({ spec: { holderIdentity: `node-${node}` } });
    }),
  },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom<Parameters<ScriptedLease['edit']>[0]>(
        { label: 'x' },
        { installation: undefined },
        { installation: 'a' },
        { installation: 'b' },
        { spec: { holderIdentity: '' } },
        { spec: { holderIdentity: 'someone else' } },
        { spec: { holderIdentity: 7, leaseDurationSeconds: 'long' } },
        { spec: { holderIdentity: '', renewTime: undefined } },
        { spec: { renewTime: undefined } },
        { spec: { leaseDurationSeconds: 2 } },
        { spec: { leaseDurationSeconds: -3, leaseTransitions: -1 } },
        { spec: { leaseTransitions: 2 ** 31 - 1, renewTime: 'yesterday', acquireTime: null } },
      )
      .map(
        (edit): Hand =>
          (lease) =>
            lease.edit(edit),
      ),
  },
);

interface Story {
  readonly cast: readonly Player[];
  readonly script: readonly Fate[];
  readonly hands: readonly { readonly at: number; readonly hand: Hand }[];
  readonly chances: readonly number[];
}

const stories: fc.Arbitrary<Story> = fc.record({
  cast: fc.array(players, { minLength: 1, maxLength: 4 }),
  script: fc.array(fates, { minLength: 1, maxLength: 60 }),
  hands: fc.array(fc.record({ at: moment, hand: hands }), { maxLength: 8 }),
  chances: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  }),
});

/** During the chaos everything happens; then everything goes well. */
function play({ cast, script, hands, chances }: Story): Simulation {
  let calls = 0;
  let drawn = 0;
  const fate = (time: number): Fate => {
    calls += 1;
    return (time < chaos && script[calls % script.length]) || { there: 10, back: 10 };
  };
  const chance = () => {
    drawn += 1;
    return chances[drawn % chances.length] ?? 0;
  };
  const simulation = new Simulation(cast, fate, chance);
  for (const { at, hand } of hands) simulation.at(at, () => hand(simulation.lease));
  return simulation;
}

describe('Whatever calls, clocks, processes and people do', () => {
  test('no two processes ever count themselves as the one that writes', () => {
    let gained = 0;
    fc.assert(
      fc.property(stories, (story) => {
        const simulation = play(story);
        simulation.runUntil(chaos + 60_000);
        expect(simulation.clashes).toEqual([]);
        gained += simulation.changes.filter(({ report }) => report.event === 'gained').length;
      }),
      runsOf(runs),
    );
    // Leadership did change hands, or this would prove nothing.
    expect(gained).toBeGreaterThan(runs / 2);
  });

  test('once all goes well again, one of the installation leads, and goes on to', () => {
    let led = 0;
    fc.assert(
      fc.property(stories, (story) => {
        const simulation = play(story);
        const settled = chaos + 40_000 + 2 * pace.leaseDuration;
        simulation.runUntil(settled);
        const answer = simulation.lease.read();
        const owner = 'lease' in answer ? answer.lease.installation : undefined;
        const able = simulation.nodes.filter(
          ({ dead, state, candidate }) =>
            !dead && state.name !== 'stopped' && candidate.installation === owner,
        );
        const expected = able.length > 0 ? 1 : 0;
        expect(simulation.leaders()).toHaveLength(expected);
        led += expected;
        const before = simulation.changes.filter(({ report }) => report.event === 'lost').length;
        simulation.runUntil(settled + 120_000);
        const after = simulation.changes.filter(({ report }) => report.event === 'lost').length;
        expect(after).toBe(before);
        expect(simulation.leaders()).toHaveLength(expected);
      }),
      runsOf(runs),
    );
    expect(led).toBeGreaterThan(runs / 5);
  });

  test('only the owner’s replicas take a Lease, expired or not', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const simulation = play({ ...story, hands: [] });
        simulation.runUntil(chaos + 60_000);
        const takers = new Set(
          simulation.lease.holders
            .filter((holder) => holder !== '')
            .map((holder) => simulation.nodes[Number(holder.slice(5))]?.candidate.installation),
        );
        expect(takers.size).toBeLessThanOrEqual(1);
      }),
      runsOf(runs),
    );
  });
});

describe('Where nothing goes wrong', () => {
  const player = fc.record({
    installation: fc.constant('a'),
    rate: fc.constant(1),
    offset: fc.integer({ min: 0, max: 1_000_000 }),
    wallClock: fc.constant({ startsAt: 0, rate: 1 }),
    startsAt: fc.integer({ min: 0, max: 3_000 }),
    pauses: fc.constant([]),
  });
  const calm = fc.record({
    cast: fc.array(player, { minLength: 2, maxLength: 4 }),
    endsAt: fc.integer({ min: 25_000, max: 80_000 }),
    delays: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 10 }),
    chances: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 1,
      maxLength: 10,
    }),
  });
  /** To give it back, looking first, and to find that and take it: four calls there and back. */
  const calls = 8 * 40;

  test.each([
    ['stops is followed within a retry period', true, pace.retryPeriod + calls],
    [
      'is killed is followed within the lease and a retry period',
      false,
      pace.leaseDuration + pace.retryPeriod + calls,
    ],
  ])('a leader that %s', (_, well, within) => {
    fc.assert(
      fc.property(calm, ({ cast, endsAt, delays, chances }) => {
        let drawn = 0;
        const draw = (from: readonly number[]) => from[drawn++ % from.length] ?? 0;
        const fate = () => ({ there: draw(delays), back: draw(delays) });
        const simulation = new Simulation(cast, fate, () => draw(chances));
        simulation.runUntil(endsAt);
        const [leader] = simulation.leaders();
        if (leader === undefined) throw new Error('nobody leads');
        simulation.end(leader, well);
        simulation.runUntil(endsAt + within);
        expect(simulation.leaders()).toHaveLength(1);
        expect(simulation.clashes).toEqual([]);
      }),
      runsOf(runs),
    );
  });
});
