import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../../core/model/identity.ts';
import type { EventNote } from '../../core/status/events.ts';
import { KubeError } from '../../kube/errors.ts';
import { reportEvents, SentEvents } from './events.ts';
import type { Reporter } from './reporter.ts';

const { signal } = new AbortController();
const keyNumber = (index: number) =>
  keyOf({ kind: 'Deployment', namespace: 'shop', name: `app-${index}` });
const key = keyNumber(1);
const note = (reason: string, type: EventNote['type'] = 'Warning'): EventNote => ({
  ...{ type, reason, note: `about ${reason}` },
  regarding: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'app-1' },
});

/** A server that keeps Events by name. */
function createServer() {
  const events = new Map<string, Record<string, unknown>>();
  const client: Reporter['client'] = {
    apply: () => Promise.resolve(undefined),
    applyStatus: () => Promise.resolve(undefined),
    create: (_path, object) => {
      const event = object as Record<string, unknown> & { metadata: { name: string } };
      if (events.has(event.metadata.name)) {
        throw new KubeError('exists', { status: 409, reason: 'AlreadyExists' });
      }
      events.set(event.metadata.name, event);
      return Promise.resolve(object);
    },
  };
  const reporter: Reporter = {
    client,
    wallClock: () => 0,
    instance: 'test',
    count: () => {},
    listen: () => () => {},
  };
  const tell = (sent: SentEvents, ...notes: EventNote[]) =>
    reportEvents(reporter, sent, { key, notes }, () => 'uid', signal);
  return { events, tell };
}

describe('Events', () => {
  test('are sent once, of the type that they have, and by a second process not again', async () => {
    const { events, tell } = createServer();
    const sent = new SentEvents();
    await tell(sent, note('Bad'), note('Adopted', 'Normal'));
    await tell(sent, note('Bad'), note('Adopted', 'Normal'));
    await tell(new SentEvents(), note('Bad'));
    expect([...events.values()].map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Warning Bad',
      'Normal Adopted',
    ]);
  });

  test('are forgotten with what they were about', async () => {
    const { tell } = createServer();
    const sent = new SentEvents();
    await tell(sent, note('Bad'), note('Worse'));
    expect(sent.size).toBe(2);
    await tell(sent, note('Worse'));
    expect(sent.size).toBe(1);
    await tell(sent);
    expect(sent.size).toBe(0);
  });

  test('are remembered up to a bound, and those told of first are forgotten first', () => {
    const sent = new SentEvents(100);
    for (let index = 0; index < 1000; index++) {
      sent.set(keyNumber(index), new Set(['a', 'b', 'c']));
      expect(sent.size).toBeLessThanOrEqual(100);
    }
    expect(sent.has(keyNumber(999), 'a')).toBe(true);
    expect(sent.has(keyNumber(0), 'a')).toBe(false);
    sent.set(key, new Set(Array.from({ length: 150 }, (_, index) => `${index}`)));
    expect(sent.has(key, '149')).toBe(true);
    expect(sent.size).toBe(150);
  });
});
