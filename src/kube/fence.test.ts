import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createKubeClient, type KubeClient } from './client.ts';
import { isFenced, isRetriable, KubeError } from './errors.ts';
import { type Answer, type FakeServer, reply, startFakeServer } from './fixtures/fake-server.ts';
import { collectionPath, objectPath, resources } from './resources.ts';
import { createTransport } from './transport.ts';

const cart = objectPath(resources.networkPolicies, { namespace: 'shop', name: 'cart' });
const events = collectionPath(resources.events, 'shop');
const fieldManager = 'test';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A fence that a test opens and closes. */
class Gate {
  readonly #controller = new AbortController();
  milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  remaining(): number {
    return this.milliseconds;
  }

  close(): void {
    this.milliseconds = 0;
    this.#controller.abort();
  }
}

interface Setting {
  readonly server: FakeServer;
  readonly client: KubeClient;
}

async function connect(fence: Gate, answer: Answer, connections = 4): Promise<Setting> {
  const server = await startFakeServer(answer);
  const now = () => performance.now();
  const transport = createTransport(server.access(), { version: '1', now, connections });
  cleanups.push(server.close, () => transport.close());
  return { server, client: createKubeClient(transport, { now, fence }) };
}

const writes: readonly [string, (client: KubeClient) => Promise<unknown>][] = [
  ['apply', (client) => client.apply(cart, {}, { fieldManager })],
  ['applyStatus', (client) => client.applyStatus(cart, {}, { fieldManager })],
  ['create', (client) => client.create(events, {})],
  ['remove', (client) => client.remove(cart)],
  ['replace', (client) => client.request('PUT', cart, { body: {} })],
];

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

describe('a closed fence', () => {
  test.each(writes)('lets no %s through', async (_, write) => {
    const { server, client } = await connect(new Gate(0), (_, response) =>
      reply(response, 200, {}),
    );
    const error = await failureOf(write(client));
    expect(isFenced(error)).toBe(true);
    expect(isRetriable(error)).toBe(false);
    expect(server.seen).toEqual([]);
  });

  test('lets reads through', async () => {
    const { client } = await connect(new Gate(0), (_, response) => reply(response, 200, { a: 1 }));
    expect(await client.get(cart)).toEqual({ a: 1 });
  });
});

describe('an open fence', () => {
  test.each(writes)('lets %s through', async (_, write) => {
    const gate = new Gate(10_000);
    const { server, client } = await connect(gate, (_, response) => reply(response, 200, { a: 1 }));
    expect(await write(client)).toEqual({ a: 1 });
    expect(server.seen).toHaveLength(1);
  });

  test('gives a write no more time than remains', async () => {
    const { client } = await connect(new Gate(80), () => {});
    const error = await failureOf(client.apply(cart, {}, { fieldManager }));
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({ causeCode: 'ETIMEDOUT' });
    expect(String(error)).toContain('within 0.08 s');
  });

  test('ends what is under way when it closes', async () => {
    const gate = new Gate(60_000);
    const { server, client } = await connect(gate, () => gate.close());
    const error = await failureOf(client.remove(cart));
    expect(isFenced(error)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  test('that has closed by the time a write gets its connection keeps it from being sent', async () => {
    const gate = new Gate(60_000);
    let release: ServerResponse | undefined;
    const answer: Answer = ({ method }, response) => {
      if (method === 'GET') release = response;
      else reply(response, 200, {});
    };
    const { server, client } = await connect(gate, answer, 1);
    const read = client.get(events);
    while (release === undefined) await sleep(5);
    const write = failureOf(client.apply(cart, {}, { fieldManager }));
    await sleep(50);
    gate.milliseconds = 0;
    reply(release, 200, {});
    await read;
    expect(isFenced(await write)).toBe(true);
    expect(server.seen.map(({ method }) => method)).toEqual(['GET']);
    gate.milliseconds = 60_000;
    expect(await client.apply(cart, {}, { fieldManager })).toEqual({});
  });
});
