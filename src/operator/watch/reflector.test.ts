import { describe, expect, test } from '@jest/globals';
import type { Thing } from './fixtures/scripted-server.ts';
import { buildWorld, minute } from './fixtures/world.ts';
import type { Page } from './protocol.ts';

describe('a reflector', () => {
  test('never gives up on a server that is down, and is back within a minute', async () => {
    const { clock, server, store, reflector } = buildWorld();
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
    const { clock, server, reflector } = buildWorld();
    server.script.lists.push({ kind: 'throttled', seconds: 45 });
    reflector.start();
    await clock.advance(44_999);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1_000);
    expect(server.requests.map(({ kind }) => kind)).toEqual(['list', 'list', 'watch']);
  });

  test('does not call itself synced while it is forbidden to list', async () => {
    const { clock, server, store, reports, reflector } = buildWorld();
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
    const { clock, server, store, changes, reflector } = buildWorld();
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
    const { clock, server, store, calls, reports, reflector } = buildWorld();
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
    const { clock, server, store, reports, reflector } = buildWorld();
    reflector.start();
    await clock.advance(60 * minute);
    expect(server.requests).toHaveLength(2);
    server.script.watches.push({ kind: 'stall', events: 0 });
    server.compact();
    reports.length = 0;
    const broken = buildWorld();
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
    const { clock, server, reports, reflector } = buildWorld();
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
    const { clock, server, problems, reflector } = buildWorld({
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
    const world = buildWorld({
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
    const { clock, calls, reflector } = buildWorld({
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
