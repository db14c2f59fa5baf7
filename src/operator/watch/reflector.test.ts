import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFakeClock } from './fixtures/fake-clock.ts';
import {
  type ListFault,
  ScriptedServer,
  type Thing,
  type WatchFault,
} from './fixtures/scripted-server.ts';
import type { Handler, Page, WatchReport } from './protocol.ts';
import { createReflector, type ReflectorOptions } from './reflector.ts';
import { type Change, createStore } from './store.ts';

const minute = 60_000;

/** A server, a reflector and a store; `calls` is what the store's writer was told. */
function build(options: Partial<ReflectorOptions<Thing>> = {}, seed = 1) {
  const clock = createFakeClock();
  const server = new ScriptedServer(clock);
  const changes: Change<Thing>[] = [];
  const wronglyDeleted: Thing[] = [];
  const store = createStore<Thing, Thing>({
    keyOf: ({ name }) => name,
    uidOf: ({ uid }) => uid,
    parse: (thing) => thing,
    onChange: (change) => {
      changes.push(change);
      const alive = [...server.things().values()].some(({ uid }) => uid === change.record.uid);
      if (change.kind === 'delete' && alive && server.script.served)
        wronglyDeleted.push(change.record);
    },
  });
  const calls: string[] = [];
  const reports: WatchReport[] = [];
  const problems: unknown[] = [];
  const reflector = createReflector<Thing>({
    source: server,
    handler: recording(store.writer, calls),
    clock,
    random: pseudoRandom(seed),
    onReport: (report) => reports.push(report),
    onProblem: (problem) => problems.push(problem),
    pageSize: 3,
    ...options,
  });
  return { clock, server, store, changes, wronglyDeleted, calls, reports, problems, reflector };
}

function recording(writer: Handler<Thing>, calls: string[]): Handler<Thing> {
  const tell = (call: string, forward: () => void) => {
    calls.push(call);
    forward();
  };
  return {
    begin: () => tell('begin', () => writer.begin()),
    item: (thing) => tell('item', () => writer.item(thing)),
    end: () => tell('end', () => writer.end()),
    apply: (thing) => tell('apply', () => writer.apply(thing)),
    delete: (thing) => tell('delete', () => writer.delete(thing)),
  };
}

function pseudoRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

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
  type Command = (world: ReturnType<typeof build>) => unknown;
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
        const world = build({}, seed);
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
      { numRuns: 500 },
    );
  }, 60_000);

  test('meets a version that is always too old with few requests per minute', async () => {
    for (const fault of [
      { kind: 'refuse-expired', events: 0 },
      { kind: 'expired', events: 1 },
    ] as const) {
      const { clock, server, reflector } = build();
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
      const { clock, server, reflector } = build();
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

  test('never gives up on a server that is down, and is back within a minute', async () => {
    const { clock, server, store, reflector } = build();
    server.put('a', 1);
    server.script.permanent = 'failed';
    reflector.start();
    await clock.advance(24 * 60 * minute);
    expect(reflector.health()).toMatchObject({ synced: false, trouble: { kind: 'failed' } });
    delete server.script.permanent;
    await clock.advance(minute);
    expect(store.view.size()).toBe(1);
    expect(reflector.health()).toEqual({ state: 'watching', synced: true, absent: false });
  });

  test('waits as long as the server asks', async () => {
    const { clock, server, reflector } = build();
    server.script.lists.push({ kind: 'throttled', seconds: 45 });
    reflector.start();
    await clock.advance(44_999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1_000);
    expect(server.requests.map(({ kind }) => kind)).toEqual(['list', 'list', 'watch']);
  });

  test('does not call itself synced while it is forbidden to list', async () => {
    const { clock, server, store, reports, reflector } = build();
    server.put('a', 1);
    server.script.permanent = 'forbidden';
    reflector.start();
    await clock.advance(10 * minute);
    expect(store.view.hasSynced()).toBe(false);
    expect(reflector.health()).toMatchObject({ synced: false, trouble: { kind: 'forbidden' } });
    expect(reports.map(({ event }) => event)).toContain('forbidden');
    delete server.script.permanent;
    await clock.advance(minute);
    expect(store.view.hasSynced()).toBe(true);
  });

  test('keeps what it knows when it is forbidden to look again', async () => {
    const { clock, server, store, changes, reflector } = build();
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name, 1);
    reflector.start();
    await clock.settle();
    server.cut();
    server.script.watches.push({ kind: 'refuse-expired', events: 0 });
    await clock.advance(500);
    server.script.permanent = 'forbidden';
    server.remove('a');
    await clock.advance(60 * minute);
    expect(store.view.hasSynced()).toBe(true);
    expect(store.view.size()).toBe(5);
    expect(changes.filter(({ kind }) => kind === 'delete')).toEqual([]);
    expect(reflector.health()).toMatchObject({ synced: true, trouble: { kind: 'forbidden' } });
  });

  test('counts a kind that is not served as empty, and picks it up when it appears', async () => {
    const { clock, server, store, calls, reports, reflector } = build();
    server.script.served = false;
    reflector.start();
    await clock.settle();
    expect(store.view.hasSynced()).toBe(true);
    expect(reflector.health()).toMatchObject({ synced: true, absent: true });
    await clock.advance(10 * minute);
    expect(calls).toEqual(['begin', 'end']);
    expect(server.requests.length).toBeGreaterThanOrEqual(15);
    expect(server.requests.length).toBeLessThanOrEqual(30);
    expect(new Set(reports.map(({ event }) => event))).toEqual(new Set(['not-served']));
    server.script.served = true;
    server.put('a', 1);
    await clock.advance(40_000);
    expect(store.view.size()).toBe(1);
    expect(reflector.health().absent).toBe(false);
  });

  test('takes a stream without data for dead after two minutes, and a quiet one with bookmarks not', async () => {
    const { clock, server, store, reports, reflector } = build();
    reflector.start();
    await clock.advance(60 * minute);
    expect(server.requests).toHaveLength(2);
    server.script.watches.push({ kind: 'stall', events: 0 });
    server.compact();
    reports.length = 0;
    const broken = build();
    broken.server.script.watches.push({ kind: 'stall', events: 0 });
    broken.reflector.start();
    await broken.clock.settle();
    broken.server.put('a', 1);
    await broken.clock.advance(119_999);
    expect(broken.store.view.size()).toBe(0);
    await broken.clock.advance(1);
    expect(broken.store.view.size()).toBe(1);
    expect(broken.reports.map(({ event }) => event)).toEqual(['idle', 'reconnect']);
    expect(store.view.hasSynced()).toBe(true);
  });

  test('lists again when resuming brings nothing time after time', async () => {
    const { clock, server, reports, reflector } = build();
    for (let at = 0; at < 5; at += 1) server.script.watches.push({ kind: 'malformed', events: 0 });
    reflector.start();
    await clock.advance(5 * minute);
    expect(server.requests.map(({ kind }) => kind).join(' ')).toBe(
      'list watch watch watch watch watch list watch',
    );
    expect(reports.filter(({ event }) => event === 'relist')).toHaveLength(1);
  });

  test('outlives handlers and observers that throw', async () => {
    const told: string[] = [];
    const broken = () => {
      throw new Error('handler');
    };
    const { clock, server, problems, reflector } = build({
      handler: {
        begin: broken,
        item: broken,
        end: broken,
        delete: broken,
        apply: ({ name }) => {
          told.push(name);
          throw new Error('handler');
        },
      },
      onReport: broken,
    });
    server.put('a', 1);
    reflector.start();
    await clock.settle();
    server.put('b', 1);
    server.put('c', 1);
    await clock.settle();
    expect(told).toEqual(['b', 'c']);
    expect(problems).toHaveLength(5);
    expect(reflector.health()).toMatchObject({ state: 'watching', synced: true });
  });

  test('tells nothing more once a handler has stopped it, not even the rest of a page', async () => {
    const told: string[] = [];
    const note = (what: string) => () => void told.push(what);
    const world = build({
      handler: {
        begin: note('begin'),
        item: ({ name }) => {
          told.push(name);
          world.reflector.stop();
        },
        end: note('end'),
        apply: note('apply'),
        delete: note('delete'),
      },
    });
    for (const name of ['a', 'b']) world.server.put(name, 1);
    world.reflector.start();
    await world.clock.advance(60 * minute);
    expect(told).toEqual(['begin', 'a']);
    expect(world.server.requests).toHaveLength(1);
    expect(world.reflector.health().state).toBe('stopped');
  });

  test('stops for good in any state, also when its source ignores that', async () => {
    const asked = Promise.withResolvers<Page<Thing>>();
    const { clock, calls, reflector } = build({
      source: {
        list: () => asked.promise,
        watch: () => {
          throw new Error('never');
        },
        failureOf: () => ({ kind: 'failed', message: '' }),
      },
    });
    reflector.start();
    reflector.stop();
    reflector.start();
    asked.resolve({
      items: [{ name: 'a', uid: 'u', version: '1', value: 1 }],
      resourceVersion: '1',
    });
    await clock.advance(60 * minute);
    expect(calls).toEqual([]);
    expect(clock.pending()).toBe(0);
  });
});
