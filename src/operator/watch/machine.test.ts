import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { step } from './machine.ts';
import { backoffDelay, defaultPace, probeDelay } from './pace.ts';
import type { Failure, WatchEvent } from './protocol.ts';
import type { Effect, Input, Moment, State, Step } from './state.ts';

const moment: Moment = { chance: 0.5, pace: defaultPace };
const listing: Input<string> = { kind: 'start' };

function failure(kind: Failure['kind'], retryAfterSeconds?: number): Failure {
  return { kind, message: kind, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

function page(items: string[], resourceVersion: string, next?: string): Input<string> {
  return {
    kind: 'page',
    page: { items, resourceVersion, ...(next !== undefined && { continue: next }) },
  };
}

function event(type: WatchEvent<string>['type'], resourceVersion: string): Input<string> {
  return { kind: 'watchEvent', event: { type, object: 'a', resourceVersion } };
}

/** The state after the inputs, and the effects of the last one. */
function walk(...inputs: Input<string>[]): { state: State; effects: readonly Effect<string>[] } {
  let state: State = { name: 'idle' };
  let effects: readonly Effect<string>[] = [];
  for (const input of inputs) [state, effects] = step(state, input, moment);
  return { state, effects };
}

function kinds(effects: readonly Effect<string>[]): string[] {
  return effects.map((effect) => (effect.kind === 'report' ? effect.report.event : effect.kind));
}

const toWatching = [listing, page(['a'], '7')];

describe('listing', () => {
  test('goes page by page and then watches from the version of the first', () => {
    expect(walk(listing).effects).toEqual([{ kind: 'list' }]);
    const first = walk(listing, page(['a'], '7', 'token'));
    expect(first.effects).toEqual([
      { kind: 'begin' },
      { kind: 'items', objects: ['a'] },
      { kind: 'list', continue: 'token' },
    ]);
    const last = walk(listing, page(['a'], '7', 'token'), page(['b'], '8'));
    expect(last.effects).toEqual([
      { kind: 'items', objects: ['b'] },
      { kind: 'end' },
      { kind: 'watch', resourceVersion: '7', timeoutSeconds: 450 },
    ]);
  });

  test('begins anew when a page token has expired', () => {
    const expired: Input<string> = { kind: 'listFailed', failure: failure('expired') };
    const failed = walk(listing, page(['a'], '7', 'token'), expired);
    expect(kinds(failed.effects)).toEqual(['expired', 'backoff', 'timer']);
    const again = walk(listing, page(['a'], '7', 'token'), expired, { kind: 'timer' });
    expect(again.effects).toEqual([{ kind: 'list' }]);
    const [, effects] = step(again.state, page(['b'], '9'), moment);
    expect(kinds(effects)).toEqual(['begin', 'items', 'end', 'watch']);
  });

  test('does not follow a page that leads to itself', () => {
    const { state, effects } = walk(listing, page([], '7', 'x'), page([], '7', 'x'));
    expect(state.name).toBe('backoff');
    expect(kinds(effects)).toEqual(['backoff', 'timer']);
  });

  test('gives up a page that does not come, and closes what it waited for', () => {
    const { effects } = walk(listing, { kind: 'idle', lasted: 60_000 });
    expect(kinds(effects)).toEqual(['close', 'backoff', 'timer']);
  });

  test.each(['forbidden', 'failed', 'expired'] as const)(
    'that is %s says nothing to the store',
    (kind) => {
      const { effects } = walk(listing, { kind: 'listFailed', failure: failure(kind) });
      expect(kinds(effects).filter((effect) => ['begin', 'end', 'items'].includes(effect))).toEqual(
        [],
      );
    },
  );

  test('of a kind that is not served empties the store once and looks again at leisure', () => {
    const notServed: Input<string> = { kind: 'listFailed', failure: failure('not-served') };
    const first = walk(listing, notServed);
    expect(kinds(first.effects)).toEqual(['begin', 'end', 'not-served', 'timer']);
    expect(first.effects.at(-1)).toEqual({ kind: 'timer', milliseconds: 30_000 });
    const second = walk(listing, notServed, { kind: 'timer' }, notServed);
    expect(kinds(second.effects)).toEqual(['not-served', 'timer']);
  });
});

describe('watching', () => {
  test('passes changes on and keeps bookmarks to itself', () => {
    expect(walk(...toWatching, event('ADDED', '8')).effects).toEqual([
      { kind: 'apply', object: 'a' },
    ]);
    expect(walk(...toWatching, event('MODIFIED', '8')).effects).toEqual([
      { kind: 'apply', object: 'a' },
    ]);
    expect(walk(...toWatching, event('DELETED', '8')).effects).toEqual([
      { kind: 'delete', object: 'a' },
    ]);
    expect(walk(...toWatching, event('BOOKMARK', '8')).effects).toEqual([]);
  });

  test('resumes at once from the last version, a bookmark included, when the server ends it', () => {
    const { effects } = walk(...toWatching, event('BOOKMARK', '12'), {
      kind: 'watchEnded',
      lasted: 300_000,
    });
    expect(effects).toEqual([
      { kind: 'report', report: { event: 'reconnect' } },
      { kind: 'watch', resourceVersion: '12', timeoutSeconds: 450 },
    ]);
  });

  const atOnce = ['reconnect', 'watch'];
  const waiting = ['backoff', 'timer'];
  test.each([
    ['news and lasted', [event('ADDED', '8')], 2_000, atOnce],
    ['news but was over in a moment', [event('ADDED', '8')], 900, waiting],
    ['nothing new', [event('BOOKMARK', '7')], 2_000, waiting],
    ['nothing', [], 2_000, waiting],
    ['nothing but lasted long', [], 10_000, atOnce],
  ])('that ended and brought %s', (_, events, lasted, expected) => {
    const { effects } = walk(...toWatching, ...events, { kind: 'watchEnded', lasted });
    expect(kinds(effects)).toEqual(expected);
  });

  test.each([
    ['expired', ['expired', 'backoff', 'timer'], ['relist', 'list']],
    ['not-served', ['not-served', 'backoff', 'timer'], ['relist', 'list']],
    ['forbidden', ['forbidden', 'backoff', 'timer'], ['relist', 'list']],
    ['failed', ['backoff', 'timer'], ['reconnect', 'watch']],
  ] as const)('that is %s', (kind, now, later) => {
    const failed: Input<string> = { kind: 'watchFailed', failure: failure(kind), lasted: 5 };
    expect(kinds(walk(...toWatching, failed).effects)).toEqual(now);
    expect(kinds(walk(...toWatching, failed, { kind: 'timer' }).effects)).toEqual(later);
  });

  test('that is silent is closed and opened again at once', () => {
    const { effects } = walk(...toWatching, { kind: 'idle', lasted: 120_000 });
    expect(kinds(effects)).toEqual(['close', 'idle', 'reconnect', 'watch']);
  });

  test('that stays silent time after time gives way to a list', () => {
    const idle: Input<string> = { kind: 'idle', lasted: 120_000 };
    const { effects } = walk(...toWatching, idle, idle, idle, idle, idle);
    expect(kinds(effects)).toEqual(['close', 'idle', 'backoff', 'timer']);
    const { effects: then } = walk(...toWatching, idle, idle, idle, idle, idle, { kind: 'timer' });
    expect(kinds(then)).toEqual(['relist', 'list']);
  });

  test('remembers what is wrong until something good comes', () => {
    const failed: Input<string> = { kind: 'watchFailed', failure: failure('failed'), lasted: 5 };
    expect(walk(...toWatching, failed, { kind: 'timer' }).state).toMatchObject({
      name: 'watching',
      progress: { trouble: { kind: 'failed' } },
    });
    const healed = walk(...toWatching, failed, { kind: 'timer' }, event('BOOKMARK', '8')).state;
    expect(healed).not.toHaveProperty('progress.trouble');
  });

  test('that was forbidden is known whole again with the next list, however quiet the kind is', () => {
    const failed: Input<string> = { kind: 'watchFailed', failure: failure('forbidden'), lasted: 5 };
    const { state } = walk(...toWatching, failed, { kind: 'timer' });
    expect(state).toMatchObject({ name: 'listing', progress: { trouble: { kind: 'forbidden' } } });
    const healed = walk(...toWatching, failed, { kind: 'timer' }, page([], '9')).state;
    expect(healed).not.toHaveProperty('progress.trouble');
  });
});

describe('waiting', () => {
  test('doubles from half a second to half a minute, always jittered, and never ends', () => {
    const delays = [0, 1, 2, 5, 6, 7, 5_000].map((attempt) => [
      backoffDelay(defaultPace, attempt, 0),
      backoffDelay(defaultPace, attempt, 0.999_999),
    ]);
    expect(delays.map(([low]) => low)).toEqual([250, 500, 1_000, 8_000, 15_000, 15_000, 15_000]);
    expect(delays.map(([, high]) => Math.round(high ?? 0))).toEqual([
      500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(probeDelay(defaultPace, 0)).toBe(22_500);
    expect(probeDelay(defaultPace, 1)).toBe(37_500);
  });

  test('is never shorter than the server asks, up to five minutes', () => {
    expect(backoffDelay(defaultPace, 0, 0, 20)).toBe(20_000);
    expect(backoffDelay(defaultPace, 20, 0.5, 1)).toBe(22_500);
    expect(backoffDelay(defaultPace, 0, 0.5, 86_400)).toBe(300_250);
    const throttled: Input<string> = { kind: 'listFailed', failure: failure('failed', 20) };
    expect(walk(listing, throttled).effects.at(-1)).toEqual({
      kind: 'timer',
      milliseconds: 20_250,
    });
  });

  test('grows with lists that succeed and watches that fail, and starts over after a long stream', () => {
    const failed = (lasted: number): Input<string> => ({
      kind: 'watchFailed',
      failure: failure('expired'),
      lasted,
    });
    const round = (lasted: number) => [
      page(['a'], '7'),
      failed(lasted),
      { kind: 'timer' } as const,
    ];
    const delayAfter = (...lasted: number[]) => {
      const { effects } = walk(listing, ...lasted.flatMap(round).slice(0, -1));
      const timer = effects.at(-1);
      return timer?.kind === 'timer' ? timer.milliseconds : undefined;
    };
    expect([delayAfter(5), delayAfter(5, 5), delayAfter(5, 5, 5)]).toEqual([375, 750, 1_500]);
    expect(delayAfter(5, 5, 10_000)).toBe(375);
  });
});

describe('after an outage', () => {
  test('a version that has expired meanwhile is answered with a list soon, not after a long wait', () => {
    const refused: Input<string> = { kind: 'watchFailed', failure: failure('failed'), lasted: 5 };
    const expired: Input<string> = { kind: 'watchFailed', failure: failure('expired'), lasted: 5 };
    const outage = [1, 2, 3, 4].flatMap(() => [refused, { kind: 'timer' } as const]);
    expect(walk(...toWatching, ...outage, expired).effects.at(-1)).toEqual({
      kind: 'timer',
      milliseconds: 375,
    });
  });
});

describe('the machine', () => {
  const rv = fc.constantFrom('1', '2', '3');
  const kind = fc.constantFrom<Failure['kind'][]>('expired', 'not-served', 'forbidden', 'failed');
  const lasted = fc.constantFrom(0, 2_000, 400_000);
  const input: fc.Arbitrary<Input<string>> = fc.oneof(
    fc.constantFrom<Input<string>[]>({ kind: 'start' }, { kind: 'timer' }),
    fc.tuple(rv, fc.option(rv, { nil: undefined })).map(([v, next]) => page(['a'], v, next)),
    kind.map((k) => ({ kind: 'listFailed' as const, failure: failure(k) })),
    fc
      .tuple(fc.constantFrom<WatchEvent<string>['type'][]>('ADDED', 'DELETED', 'BOOKMARK'), rv)
      .map(([t, v]) => event(t, v)),
    lasted.map((l) => ({ kind: 'watchEnded' as const, lasted: l })),
    fc
      .tuple(kind, lasted)
      .map(([k, l]) => ({ kind: 'watchFailed' as const, failure: failure(k), lasted: l })),
    lasted.map((l) => ({ kind: 'idle' as const, lasted: l })),
  );

  test('always has exactly one thing under way, whatever it is told, until it is stopped', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        let state: State = { name: 'idle' };
        for (const each of inputs) {
          const before: State = state;
          const [next, effects]: Step<string> = step(before, each, moment);
          const begun = effects.filter(({ kind }) => ['list', 'watch', 'timer'].includes(kind));
          if (next !== before && !(each.kind === 'watchEvent')) expect(begun).toHaveLength(1);
          else expect(begun).toHaveLength(0);
          state = next;
        }
        expect(step(state, { kind: 'stop' }, moment)).toEqual([
          { name: 'stopped' },
          [{ kind: 'close' }],
        ]);
        for (const each of inputs) {
          expect(step({ name: 'stopped' }, each, moment)).toEqual([{ name: 'stopped' }, []]);
        }
      }),
      runsOf(500),
    );
  });
});
