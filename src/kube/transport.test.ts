import { createServer } from 'node:http';
import { type AddressInfo, connect as dial } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createKubeClient } from './client.ts';
import { issueCertificate } from './fixtures/certificate.ts';
import { reply, startFakeServer } from './fixtures/fake-server.ts';
import { type ClusterAccess, type Credentials, createTransport } from './transport.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A transport whose credentials and clock a test moves by hand. */
function movable(server: string, first: Credentials) {
  const world = { time: 0, credentials: first, asked: 0, renewed: 0, fail: false };
  const access: ClusterAccess = {
    server,
    namespace: undefined,
    authenticate: async () => {
      world.asked += 1;
      if (world.fail) throw new Error('no credentials');
      return world.credentials;
    },
    renew: () => {
      world.renewed += 1;
    },
  };
  const transport = createTransport(access, { version: '0', now: () => world.time });
  cleanups.push(() => transport.close());
  return { world, transport, client: createKubeClient(transport, { now: () => world.time }) };
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'ok',
    (error: { causeCode?: string; status?: number }) => error.status ?? error.causeCode,
  );
}

describe('the transport', () => {
  test('asks for credentials once for calls that come together, and again after ten seconds', async () => {
    const server = await startFakeServer((_, response) => reply(response, 200, {}));
    cleanups.push(server.close);
    const { world, client } = movable(server.url, {
      headers: {},
      link: { tls: { ca: server.ca } },
    });
    await Promise.all([client.get('/a'), client.get('/b'), client.get('/c')]);
    expect(world.asked).toBe(1);
    world.time = 10_001;
    world.credentials = { ...world.credentials, headers: { Authorization: 'Bearer second' } };
    await client.get('/d');
    expect(world.asked).toBe(2);
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer second');
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  test('trusts a new CA once its file has changed, and presents a new client certificate', async () => {
    const [oldClient, newClient] = [issueCertificate('old-client'), issueCertificate('new-client')];
    const server = await startFakeServer((_, response) => reply(response, 200, {}));
    cleanups.push(server.close);
    const stale = issueCertificate('ca-of-yesterday').cert;
    const { world, client } = movable(server.url, { headers: {}, link: { tls: { ca: stale } } });
    expect(await codeOf(client.get('/a'))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    for (const identity of [oldClient, newClient]) {
      world.time += 10_001;
      world.credentials = { headers: {}, link: { tls: { ca: server.ca, ...identity } } };
      await client.get('/a');
    }
    expect(server.seen.map(({ client: name }) => name)).toEqual(['old-client', 'new-client']);
  });

  test('lets a call in flight finish when the certificates change under it', async () => {
    let release = () => {};
    const server = await startFakeServer(({ url }, response) => {
      if (url === '/slow') release = () => reply(response, 200, 'slow but whole');
      else reply(response, 200, 'fast');
    });
    cleanups.push(server.close);
    const { world, client } = movable(server.url, {
      headers: {},
      link: { tls: { ca: server.ca } },
    });
    const slow = client.get('/slow');
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    world.time = 10_001;
    const identity = issueCertificate('new-client');
    world.credentials = { headers: {}, link: { tls: { ca: server.ca, ...identity } } };
    expect(await client.get('/fast')).toBe('fast');
    release();
    expect(await slow).toBe('slow but whole');
  });

  test('renews its credentials once when many calls are told that they are not good', async () => {
    const server = await startFakeServer(({ headers }, response) =>
      reply(response, headers.authorization === 'Bearer good' ? 200 : 401, {}),
    );
    cleanups.push(server.close);
    const tls = { ca: server.ca };
    const { world, client } = movable(server.url, {
      headers: { Authorization: 'Bearer old' },
      link: { tls },
    });
    const codes = await Promise.all(Array.from({ length: 6 }, () => codeOf(client.get('/a'))));
    expect(codes).toEqual([401, 401, 401, 401, 401, 401]);
    expect(world.renewed).toBe(1);
    world.credentials = { headers: { Authorization: 'Bearer good' }, link: { tls } };
    expect(await codeOf(client.get('/a'))).toBe('ok');
    expect(world.asked).toBe(2);
  });

  test('asks again at once when credentials could not be had', async () => {
    const server = await startFakeServer((_, response) => reply(response, 200, {}));
    cleanups.push(server.close);
    const { world, client } = movable(server.url, {
      headers: {},
      link: { tls: { ca: server.ca } },
    });
    world.fail = true;
    expect(await codeOf(client.get('/a'))).not.toBe('ok');
    world.fail = false;
    expect(await codeOf(client.get('/a'))).toBe('ok');
  });

  test('cuts calls in flight when it is closed', async () => {
    const server = await startFakeServer(() => {});
    cleanups.push(server.close);
    const { client, transport } = movable(server.url, {
      headers: {},
      link: { tls: { ca: server.ca } },
    });
    const call = codeOf(client.get('/a'));
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await transport.close();
    expect(await call).toBe('ABORT_ERR');
  });

  test('keeps the path that the server stands behind', async () => {
    const server = await startFakeServer((_, response) => reply(response, 200, {}));
    cleanups.push(server.close);
    const link = { tls: { ca: server.ca } };
    const { client } = movable(`${server.url}/k8s/clusters/c-1/`, { headers: {}, link });
    await client.get('/api/v1/nodes/n');
    expect(server.seen[0]?.url).toBe('/k8s/clusters/c-1/api/v1/nodes/n');
  });

  test('goes through the proxy that the kubeconfig names', async () => {
    const server = await startFakeServer((_, response) => reply(response, 200, {}));
    cleanups.push(server.close);
    const tunnels: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      tunnels.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const upstream = dial(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
      socket.on('close', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => {
      proxy.close();
    });
    const uri = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const link = { tls: { ca: server.ca }, proxy: uri };
    const { client } = movable(server.url, { headers: {}, link });
    expect(await codeOf(client.get('/a'))).toBe('ok');
    expect(tunnels).toEqual([server.url.replace('https://', '')]);
  });
});
