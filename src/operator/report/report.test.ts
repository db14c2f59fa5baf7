import { describe, expect, test } from '@jest/globals';
import { namespace } from '../../../test/support/builders.ts';
import { compile } from '../../core/compile/compile.ts';
import { talksTo } from '../../core/intent/keys.ts';
import { finding } from '../../core/model/finding.ts';
import { keyOf, type ObjectRef } from '../../core/model/identity.ts';
import type { WorldRecord } from '../../core/model/records.ts';
import { defaultSettings } from '../../core/model/settings.ts';
import { readObject } from '../../core/record/read.ts';
import { World } from '../../core/world/world.ts';
import { SentEvents } from './events.ts';
import { type Run, report } from './report.ts';

const shop: ObjectRef = { group: '', kind: 'Namespace', namespace: '', name: 'shop' };

interface SentEvent {
  readonly reason: string;
  readonly regarding: { readonly kind: string; readonly uid?: string };
}

/** The Events of the Namespace `shop` in a world of these, where this is said of its writes. */
async function eventsIn(
  records: readonly WorldRecord[],
  planned: Run['planned'] = [],
): Promise<SentEvent[]> {
  const world = new World(defaultSettings);
  world.load(records);
  const events: SentEvent[] = [];
  const client = {
    apply: () => Promise.resolve(undefined),
    applyStatus: () => Promise.resolve(undefined),
    create: (_path: string, object: unknown) => Promise.resolve(events.push(object as SentEvent)),
  };
  await report(
    {
      ...{ world, memory: { sentEvents: new SentEvents(), stops: new Map() } },
      reporter: {
        ...{ client, wallClock: () => 0, instance: 'test', count: () => {} },
        listen: () => () => {},
      },
    },
    { compiled: compile(world, keyOf(shop)), planned, wrote: false },
    new AbortController().signal,
  );
  return events;
}

/** A Service with a key of ours and nobody behind it, as the API server gives it. */
function strayService(name: string): WorldRecord {
  const annotations = { [talksTo]: 'cart' };
  const metadata = { namespace: 'shop', name, uid: `uid-${name}`, annotations };
  return readObject('v1', 'Service', { metadata }) as WorldRecord;
}

describe('What a Namespace is told', () => {
  test('of its writes and of its own words comes before the keys on its Services, of which there may be many', async () => {
    const services = Array.from({ length: 12 }, (_, index) => strayService(`s${index}`));
    const events = await eventsIn(
      [namespace('shop', { talksTo: 'web' }), ...services],
      [finding('Unmanaged', shop, { path: [] }, { count: 1, pods: 'a' })],
    );
    const reasons = events.map(({ reason }) => reason);
    const first = ['Unmanaged', 'NamespaceWordWithoutEffect', 'MisplacedKey'];
    expect(reasons.slice(0, 3)).toEqual(first);
    expect(reasons).toHaveLength(10);
  });

  test('of a Service is an Event that `kubectl describe service` shows: it has the uid', async () => {
    const [event] = await eventsIn([namespace('shop'), strayService('web')]);
    expect(event?.regarding).toMatchObject({ kind: 'Service', name: 'web', uid: 'uid-web' });
  });
});
