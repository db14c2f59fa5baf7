import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import type { ListFault, Thing, WatchFault } from './fixtures/scripted-server.ts';
import { buildWorld, minute, type World } from './fixtures/world.ts';
import type { Change } from './store.ts';

function replay(changes: readonly Change<Thing>[]): Map<string, Thing> {
  const things = new Map<string, Thing>();
  for (const { kind, key, record } of changes) {
    if (kind === 'delete') expect(things.delete(key)).toBe(true);
    else things.set(key, record);
  }
  return things;
}

/** begin, items, end; and between lists, changes only. */
const protocol =
  /^(begin (item )*(?=begin )|begin (item )*end (apply |delete )*)*(begin (item )*)?$/;

describe('a reflector', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  const listFault: fc.Arbitrary<ListFault> = fc.oneof(
    fc
      .constantFrom('expired', 'forbidden', 'failed', 'stall')
      .map((kind) => ({ kind }) as ListFault),
    fc.record({
      kind: fc.constant('throttled' as const),
      seconds: fc.integer({ min: 1, max: 60 }),
    }),
  );
  const watchFault: fc.Arbitrary<WatchFault> = fc.record({
    kind: fc.constantFrom(
      'expired',
      'refuse-expired',
      'forbidden',
      'failed',
      'stall',
      'end',
      'malformed',
      'throttled',
    ),
    events: fc.integer({ min: 0, max: 4 }),
    twice: fc.boolean(),
    seconds: fc.integer({ min: 1, max: 60 }),
  });
  type Command = (world: World) => unknown;
  const command: fc.Arbitrary<Command> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(name, fc.nat(3)).map(
        ([key, value]): Command =>
          ({ server }) =>
            server.put(key, value),
      ),
    },
    {
      weight: 3,
      arbitrary: name.map(
        (key): Command =>
          ({ server }) =>
            server.remove(key),
      ),
    },
    {
      weight: 2,
      arbitrary: name.map(
        (key): Command =>
          ({ server }) => {
            server.remove(key);
            server.put(key, 0);
          },
      ),
    },
    { weight: 1, arbitrary: fc.constant<Command>(({ server }) => server.compact()) },
    { weight: 2, arbitrary: fc.constant<Command>(({ server }) => server.cut()) },
    {
      weight: 1,
      arbitrary: fc.boolean().map(
        (served): Command =>
          ({ server }) => {
            server.script.served = served;
          },
      ),
    },
    {
      weight: 2,
      arbitrary: listFault.map(
        (fault): Command =>
          ({ server }) =>
            server.script.lists.push(fault),
      ),
    },
    {
      weight: 3,
      arbitrary: watchFault.map(
        (fault): Command =>
          ({ server }) =>
            server.script.watches.push(fault),
      ),
    },
    { weight: 3, arbitrary: fc.constant<Command>(({ clock }) => clock.settle()) },
    {
      weight: 4,
      arbitrary: fc.integer({ min: 1, max: 150_000 }).map(
        (ms): Command =>
          ({ clock }) =>
            clock.advance(ms),
      ),
    },
  );

  test('ends equal to the server, whatever happens on the way', async () => {
    const scripts = fc.tuple(fc.nat(), fc.array(command, { minLength: 1, maxLength: 60 }));
    await fc.assert(
      fc.asyncProperty(scripts, async ([seed, commands]) => {
        const world = buildWorld({}, seed);
        const { clock, server, store, changes, reflector } = world;
        reflector.start();
        for (const run of commands) await run(world);
        server.script.served = true;
        server.script.lists.length = 0;
        server.script.watches.length = 0;
        await clock.advance(10 * minute);

        expect(new Map(store.view.entries())).toEqual(server.things());
        expect(replay(changes)).toEqual(server.things());
        expect(world.wronglyDeleted).toEqual([]);
        expect(world.calls.map((call) => `${call} `).join('')).toMatch(protocol);
        expect(world.problems).toEqual([]);
        expect(reflector.health()).toMatchObject({
          state: 'watching',
          synced: true,
          absent: false,
        });
        reflector.stop();
        const told = world.calls.length;
        server.put('late', 1);
        await clock.advance(10 * minute);
        expect(world.calls).toHaveLength(told);
        expect(clock.pending()).toBe(0);
      }),
      runsOf(500),
    );
  }, 60_000);

  test('meets a version that is always too old with few requests per minute', async () => {
    for (const fault of [
      { kind: 'refuse-expired', events: 0 },
      { kind: 'expired', events: 1 },
    ] as const) {
      const { clock, server, reflector } = buildWorld();
      for (let at = 0; at < 1_000; at += 1) server.script.watches.push(fault);
      server.put('a', 1);
      reflector.start();
      for (let at = 0; at < 60; at += 1) {
        await clock.advance(10_000);
        server.put('a', at);
      }
      const inFirst = server.requests.filter(({ at }) => at < minute).length;
      const inLast = server.requests.filter(({ at }) => at >= 9 * minute).length;
      expect(inFirst).toBeLessThanOrEqual(20);
      expect(inLast).toBeLessThanOrEqual(10);
      reflector.stop();
    }
  });

  test('meets streams that end at once, with or without an event, with few requests', async () => {
    for (const events of [0, 1]) {
      const { clock, server, reflector } = buildWorld();
      for (let at = 0; at < 10_000; at += 1) server.script.watches.push({ kind: 'end', events });
      reflector.start();
      for (let at = 0; at < 600; at += 1) {
        server.put('a', at);
        await clock.advance(100);
      }
      expect(server.requests.length).toBeLessThanOrEqual(20);
      reflector.stop();
    }
  });
});
