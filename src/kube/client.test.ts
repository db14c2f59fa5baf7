import { afterEach, describe, expect, test } from '@jest/globals';
import type { CallReport } from './calls.ts';
import { createKubeClient, type KubeClient } from './client.ts';
import { isConflict, isNamespaceTerminating, KubeError } from './errors.ts';
import {
  type Answer,
  type FakeServer,
  reply,
  startFakeServer,
  statusOf,
} from './fixtures/fake-server.ts';
import { collectionPath, objectPath, resources } from './resources.ts';
import { createTransport, type Transport } from './transport.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Setting {
  readonly server: FakeServer;
  readonly client: KubeClient;
  readonly transport: Transport;
  readonly reports: CallReport[];
}

async function connect(answer: Answer, connections = 4): Promise<Setting> {
  const server = await startFakeServer(answer);
  const now = () => performance.now();
  const transport = createTransport(server.access(), { version: '1.2.3', now, connections });
  const reports: CallReport[] = [];
  const client = createKubeClient(transport, { now, onCall: (report) => reports.push(report) });
  cleanups.push(server.close, () => transport.close());
  return { server, client, transport, reports };
}

async function failureOf(call: Promise<unknown>): Promise<KubeError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof KubeError) return error;
  throw new Error(`expected a KubeError, got ${String(error)}`);
}

const cart = objectPath(resources.networkPolicies, { namespace: 'shop', name: 'cart' });
const pods = collectionPath(resources.pods);

describe('calls to the API server', () => {
  test('a hundred reads one after the other share a connection or two, at once no more than the pool', async () => {
    const { server, client } = await connect((_, response) => reply(response, 200, {}));
    for (let at = 0; at < 100; at += 1) await client.get(cart);
    expect(server.connections()).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 100 }, () => client.get(cart)));
    expect(server.connections()).toBeLessThanOrEqual(4);
    expect(server.seen).toHaveLength(200);
  });

  test('every request says who we are and carries the token', async () => {
    const { server, client } = await connect((_, response) => reply(response, 200, {}));
    await client.get(cart);
    expect(server.seen[0]?.headers).toMatchObject({
      'user-agent': 'appconnectivity/1.2.3',
      authorization: 'Bearer token-of-the-test',
      accept: 'application/json',
    });
  });

  test('a call to a server that never answers fails when its time is up', async () => {
    const { client, reports } = await connect(() => {});
    const error = await failureOf(client.request('GET', cart, { timeoutMilliseconds: 60 }));
    expect(error.causeCode).toBe('ETIMEDOUT');
    expect(error.message).toBe(`GET ${cart} got no complete answer within 0.06 s`);
    expect(reports).toMatchObject([
      { verb: 'get', resource: 'networkpolicies', code: 'ETIMEDOUT' },
    ]);
  });

  test('the time is also up for calls that wait for a connection behind calls that hang', async () => {
    const { client } = await connect(() => {}, 1);
    const calls = Array.from({ length: 5 }, () =>
      failureOf(client.request('GET', cart, { timeoutMilliseconds: 60 })),
    );
    const codes = (await Promise.all(calls)).map(({ causeCode }) => causeCode);
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'ETIMEDOUT'));
  });

  test('an answer that stops in its middle fails when the time is up', async () => {
    const { client } = await connect((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"items": [');
    });
    const error = await failureOf(client.list(resources.pods, { timeoutMilliseconds: 80 }));
    expect(error.causeCode).toBe('ETIMEDOUT');
  });

  test('a caller that gives up is obeyed at once', async () => {
    const { client } = await connect(() => {});
    const controller = new AbortController();
    const call = failureOf(client.get(cart, controller.signal));
    controller.abort();
    expect((await call).causeCode).toBe('ABORT_ERR');
    expect((await failureOf(client.get(cart, controller.signal))).causeCode).toBe('ABORT_ERR');
  });

  test('calls go through while many watches are open', async () => {
    const { server, client } = await connect(({ url }, response) => {
      if (!url.includes('watch=true')) return reply(response, 200, {});
      response.writeHead(200);
      response.flushHeaders();
    });
    const controller = new AbortController();
    const open = Array.from({ length: 12 }, () =>
      failureOf(
        client.watch(resources.pods, { signal: controller.signal })[Symbol.asyncIterator]().next(),
      ),
    );
    await Promise.all(Array.from({ length: 40 }, () => client.get(cart)));
    expect(server.connections()).toBeLessThanOrEqual(12 + 4);
    controller.abort();
    expect((await Promise.all(open)).every(({ causeCode }) => causeCode === 'ABORT_ERR')).toBe(
      true,
    );
  });
});

describe('what is sent', () => {
  test('a NetworkPolicy arrives with its "from" exactly as it was written', async () => {
    const { server, client } = await connect((_, response) => reply(response, 200, {}));
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'cart', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'cart' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'checkout' } } }] }],
        egress: [],
      },
    };
    await client.apply(cart, policy, { fieldManager: 'appconnectivity', force: true });
    const [sent] = server.seen;
    expect(sent?.method).toBe('PATCH');
    expect(sent?.url).toBe(`${cart}?fieldManager=appconnectivity&force=true`);
    expect(sent?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(sent?.body).toBe(JSON.stringify(policy));
  });

  test('a status is applied to the status of the object only', async () => {
    const { server, client, reports } = await connect((_, response) => reply(response, 200, {}));
    const path = objectPath(resources.appConnectivities, { namespace: 'shop', name: 'cart' });
    await client.applyStatus(path, { status: {} }, { fieldManager: 'appconnectivity' });
    expect(server.seen[0]?.url).toBe(`${path}/status?fieldManager=appconnectivity`);
    expect(reports).toMatchObject([
      { verb: 'apply', resource: 'appconnectivities/status', code: 200 },
    ]);
  });

  test('a delete names the very object that it is about', async () => {
    const { server, client } = await connect((_, response) => reply(response, 200, {}));
    await client.remove(cart, { uid: 'u1', resourceVersion: '7' });
    expect(server.seen[0]?.method).toBe('DELETE');
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid: 'u1', resourceVersion: '7' },
    });
  });

  test('a list goes page by page', async () => {
    const item = { metadata: { name: 'a', uid: 'u', resourceVersion: '1' } };
    const { server, client } = await connect(({ url }, response) => {
      const metadata = url.includes('continue=')
        ? { resourceVersion: '9' }
        : { resourceVersion: '9', continue: 'more=' };
      reply(response, 200, { metadata, items: [item] });
    });
    const first = await client.list(resources.pods, { limit: 1, labelSelector: 'app in (a,b)' });
    expect(first).toEqual({ items: [item], resourceVersion: '9', continue: 'more=' });
    const second = await client.list(resources.pods, {
      limit: 1,
      continue: 'more=',
      namespace: 'é',
    });
    expect(second).toEqual({ items: [item], resourceVersion: '9' });
    expect(server.seen.map(({ url }) => url)).toEqual([
      `${pods}?labelSelector=app+in+%28a%2Cb%29&limit=1`,
      '/api/v1/namespaces/%C3%A9/pods?continue=more%3D&limit=1',
    ]);
  });
});

describe('what comes back', () => {
  test('a refusal tells status, reason and the message of the server in one sentence', async () => {
    const { client, reports } = await connect((_, response) =>
      reply(response, 409, statusOf(409, 'Conflict', 'the object has been\nmodified')),
    );
    const error = await failureOf(client.get(cart));
    expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
    expect(isConflict(error)).toBe(true);
    expect(error.message).toBe(
      `GET ${cart} was answered with 409 Conflict: the object has been modified`,
    );
    expect(reports).toMatchObject([{ code: 409 }]);
  });

  test('Retry-After is understood in seconds, as a date, and inside the Status', async () => {
    const date = 'Tue, 24 Nov 2026 10:00:00 GMT';
    const answers = [
      { headers: { 'retry-after': '7' }, details: {} },
      { headers: { date, 'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT' }, details: {} },
      { headers: {}, details: { retryAfterSeconds: 3 } },
    ];
    let at = 0;
    const { client } = await connect((_, response) => {
      const { headers, details } = answers[at++] ?? { headers: {}, details: {} };
      reply(response, 500, { ...statusOf(500, 'ServerTimeout', 'slow down'), details }, headers);
    });
    const waits: (number | undefined)[] = [];
    for (const _ of answers) waits.push((await failureOf(client.get(cart))).retryAfterSeconds);
    expect(waits).toEqual([7, 30, 3]);
  });

  test('after a 429 with Retry-After nothing more is sent, and callers are told how long', async () => {
    const { server, client, reports } = await connect((_, response) =>
      reply(response, 429, statusOf(429, 'TooManyRequests', 'slow down'), { 'retry-after': '9' }),
    );
    await failureOf(client.get(cart));
    const watch = client.watch(resources.pods)[Symbol.asyncIterator]();
    const refused = [client.apply(cart, {}, { fieldManager: 'x' }), client.list(resources.pods)];
    for (const call of [...refused, watch.next()]) {
      const { status, retryAfterSeconds, message } = await failureOf(call);
      expect(status).toBe(429);
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(message).toMatch(/ was not sent: the server asked to be left alone for \d s more$/);
    }
    expect(server.seen).toHaveLength(1);
    expect(reports).toHaveLength(1);
  });

  test('a write into a namespace that is being deleted is known by the cause in the Status', async () => {
    const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }, 'nonsense'];
    const status = { ...statusOf(403, 'Forbidden', 'no'), details: { causes } };
    const { client } = await connect((_, response) => reply(response, 403, status));
    expect(isNamespaceTerminating(await failureOf(client.get(cart)))).toBe(true);
  });

  test('failures never repeat headers, tokens or foreign pages', async () => {
    const { client } = await connect(({ url, headers }, response) => {
      if (url === cart)
        return reply(response, 403, statusOf(403, 'Forbidden', `saw ${headers.authorization}`));
      response.writeHead(502, { 'x-secret': 'hush' });
      response.end(`<html>Authorization: ${headers.authorization}</html>`);
    });
    const told = [await failureOf(client.get(cart)), await failureOf(client.get(pods))];
    expect(told.map(({ message }) => message)).toEqual([
      `GET ${cart} was answered with 403 Forbidden: saw <redacted>`,
      `GET ${pods} was answered with 502`,
    ]);
  });

  test('an answer that is not JSON, or not a list, is an error and never an empty list', async () => {
    const bodies = [
      '<html>sign in</html>',
      '{"kind":"Status"}',
      '{"items":[{}],"metadata":{"resourceVersion":"1"}}',
    ];
    let at = 0;
    const { client } = await connect((_, response) => response.end(bodies[at++]));
    for (const _ of bodies) {
      expect((await failureOf(client.list(resources.pods))).causeCode).toBe('MALFORMED');
    }
  });

  test('a server that is gone, and one that nobody vouches for, are told apart', async () => {
    const { server, client } = await connect((_, response) => reply(response, 200, {}));
    const untrusted = {
      ...server.access(),
      authenticate: async () => ({ headers: {}, link: { tls: {} } }),
    };
    const now = () => performance.now();
    const transport = createTransport(untrusted, { version: '0', now });
    cleanups.push(() => transport.close());
    const suspicious = createKubeClient(transport, { now });
    expect((await failureOf(suspicious.get(cart))).causeCode).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    await server.close();
    expect((await failureOf(client.get(cart))).causeCode).toBe('ECONNREFUSED');
  });
});
