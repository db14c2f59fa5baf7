import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createKubeClient, type KubeClient } from './client.ts';
import { isExpired, KubeError } from './errors.ts';
import { type FakeServer, reply, startFakeServer, statusOf } from './fixtures/fake-server.ts';
import type { WatchEvent } from './objects.ts';
import { resources } from './resources.ts';
import { createTransport } from './transport.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connect(
  answer: (response: ServerResponse) => unknown,
  options: { readonly longestLine?: number; readonly timeoutMilliseconds?: number } = {},
): Promise<{ client: KubeClient; server: FakeServer }> {
  const server = await startFakeServer((_, response) => void answer(response));
  const now = () => performance.now();
  const transport = createTransport(server.access(), { version: '0', now });
  cleanups.push(server.close, () => transport.close());
  return {
    server,
    client: createKubeClient(transport, { now, timeoutMilliseconds: 30_000, ...options }),
  };
}

/** What a watch gave, and how it ended. */
async function readAll(watch: AsyncIterable<WatchEvent>) {
  const events: WatchEvent[] = [];
  try {
    for await (const event of watch) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return { events, error };
  }
}

function line(type: string, name: string, resourceVersion: string): string {
  return `${JSON.stringify({ type, object: { metadata: { name, uid: `uid-${name}`, resourceVersion } } })}\n`;
}

describe('a watch', () => {
  test('gives events in order, asks for bookmarks, and ends when the server ends it', async () => {
    const { client, server } = await connect((response) => {
      response.write(line('ADDED', 'a', '1'));
      response.write(
        `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '5' } } })}\n`,
      );
      response.end(line('DELETED', 'a', '6'));
    });
    const options = { resourceVersion: '0', timeoutSeconds: 300, allowWatchBookmarks: true };
    const { events, error } = await readAll(client.watch(resources.pods, options));
    expect(error).toBeUndefined();
    expect(events.map(({ type, resourceVersion }) => `${type} ${resourceVersion}`)).toEqual([
      'ADDED 1',
      'BOOKMARK 5',
      'DELETED 6',
    ]);
    expect(server.seen[0]?.url).toBe(
      '/api/v1/pods?resourceVersion=0&timeoutSeconds=300&allowWatchBookmarks=true&watch=true',
    );
  });

  test('is read right when every byte comes alone, also within a character', async () => {
    const text = Buffer.from(line('ADDED', 'žluťoučký-🐎', '1') + line('MODIFIED', '日本', '2'));
    const { client } = await connect(async (response) => {
      response.socket?.setNoDelay(true);
      for (const byte of text) {
        response.write(Buffer.from([byte]));
        await sleep(0);
      }
      response.end();
    });
    const { events, error } = await readAll(client.watch(resources.pods));
    expect(error).toBeUndefined();
    expect(events.map(({ object }) => object.metadata.name)).toEqual(['žluťoučký-🐎', '日本']);
  });

  test.each([
    ['is not JSON', 'not json\n', 'sent a line that is not JSON'],
    ['has an unknown type', line('RENAMED', 'a', '1'), 'sent an event of an unknown type'],
    [
      'names no object',
      '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}\n',
      'sent an event about an object without a name',
    ],
    [
      'has no version',
      '{"type":"BOOKMARK","object":{}}\n',
      'sent an event without a resourceVersion',
    ],
    ['is cut off', line('ADDED', 'a', '1').slice(0, -5), 'ended in the middle of an event'],
    ['is not UTF-8', Buffer.from([0xff, 0xfe, 0x0a]), 'sent bytes that are not UTF-8'],
  ])('fails on a line that %s, and gives what came before', async (_, bad, complaint) => {
    const { client } = await connect((response) => {
      response.write(line('ADDED', 'good', '1'));
      response.end(bad);
    });
    const { events, error } = await readAll(client.watch(resources.pods));
    expect(events).toHaveLength(1);
    expect(error?.causeCode).toBe('MALFORMED');
    expect(error?.message).toBe(`watch of /api/v1/pods ${complaint}`);
  });

  test('fails on a line without end rather than fill the memory', async () => {
    const { client } = await connect(
      (response) => {
        const more = () => response.write('x'.repeat(1000), () => setImmediate(more));
        more();
      },
      { longestLine: 50_000 },
    );
    const { error } = await readAll(client.watch(resources.pods));
    expect(error?.message).toBe('watch of /api/v1/pods sent a line of more than 50000 bytes');
  });

  test('tells an expired version apart, as an answer and as an event within the stream', async () => {
    const expired = statusOf(410, 'Expired', 'too old resource version: 1 (9)');
    let requests = 0;
    const { client } = await connect((response) => {
      requests += 1;
      if (requests === 1) return reply(response, 410, expired);
      response.end(`${JSON.stringify({ type: 'ERROR', object: expired })}\n`);
    });
    for (const _ of ['answer', 'event']) {
      const { error } = await readAll(client.watch(resources.pods));
      expect(isExpired(error)).toBe(true);
      expect(error?.message).toContain('410 Expired: too old resource version');
    }
  });

  test('that the server does not accept in time fails', async () => {
    const { client } = await connect(() => {}, { timeoutMilliseconds: 500 });
    const { error } = await readAll(client.watch(resources.pods));
    expect(error?.causeCode).toBe('ETIMEDOUT');
  });

  test('that is open outlives the time-out of calls', async () => {
    const { client } = await connect(
      async (response) => {
        response.write(line('ADDED', 'a', '1'));
        await sleep(1000);
        response.end(line('ADDED', 'b', '2'));
      },
      { timeoutMilliseconds: 500 },
    );
    const { events, error } = await readAll(client.watch(resources.pods));
    expect(error).toBeUndefined();
    expect(events).toHaveLength(2);
  });

  test('that breaks is a failure, not an end', async () => {
    const { client } = await connect((response) => {
      response.write(line('ADDED', 'a', '1'), () => response.destroy());
    });
    const { events, error } = await readAll(client.watch(resources.pods));
    expect(events).toHaveLength(1);
    expect(error?.causeCode).toBe('UND_ERR_SOCKET');
  });

  test('lets go of its connection when its reader stops, and when its signal says so', async () => {
    const { client, server } = await connect((response) => response.write(line('ADDED', 'a', '1')));
    for await (const _ of client.watch(resources.pods)) break;
    const controller = new AbortController();
    const reading = readAll(client.watch(resources.pods, { signal: controller.signal }));
    await sleep(50);
    controller.abort();
    expect((await reading).error?.causeCode).toBe('ABORT_ERR');
    await sleep(50);
    expect(server.open()).toBe(0);
  });

  test('slows the server down when its reader is slow', async () => {
    let written = 0;
    const { client } = await connect((response) => {
      const big = line('ADDED', 'x'.repeat(60_000), '1');
      const more = () => {
        if (written >= 2_000) return void response.end();
        written += 1;
        if (response.write(big)) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    let read = 0;
    for await (const _ of client.watch(resources.pods)) {
      read += 1;
      if (read === 1) await sleep(300);
      if (read === 2) {
        expect(written).toBeLessThan(1_000);
        break;
      }
    }
    expect(read).toBe(2);
  });
});
