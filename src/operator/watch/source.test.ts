import { describe, expect, test } from '@jest/globals';
import type { KubeClient } from '../../kube/client.ts';
import { KubeError } from '../../kube/errors.ts';
import { type Resource, resources } from '../../kube/resources.ts';
import type { Failure } from './protocol.ts';
import { createSource } from './source.ts';

const { signal } = new AbortController();
const groups = (...versions: string[]) => ({
  kind: 'APIGroupList',
  groups: [{ name: 'appconnectivity.dev', versions: versions.map((version) => ({ version })) }],
});
const kinds = (...names: string[]) => ({
  kind: 'APIResourceList',
  resources: names.map((name) => ({ name })),
});

/** How a list and a watch fail when every call for objects fails with `error`. */
async function failures(
  error: unknown,
  documents: Readonly<Record<string, unknown>> = {},
  resource: (typeof resources)[keyof typeof resources] = resources.appConnectivities,
): Promise<Failure[]> {
  const client: Pick<KubeClient, 'list' | 'watch' | 'get'> = {
    list: () => Promise.reject(error),
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }),
    get: async (path) => {
      const document = documents[path];
      if (document === undefined) throw new KubeError('no such path', { status: 404 });
      return document;
    },
  };
  const source = createSource(client, resource);
  const request = { limit: 1, resourceVersion: '1', timeoutSeconds: 1, signal };
  const told: unknown[] = [];
  await source.list(request).catch((reason: unknown) => told.push(reason));
  const watch = source.watch(request)[Symbol.asyncIterator]();
  await watch.next().catch((reason: unknown) => told.push(reason));
  return told.map((reason) => source.failureOf(reason));
}

async function kindsOf(...parameters: Parameters<typeof failures>): Promise<string[]> {
  return (await failures(...parameters)).map(({ kind }) => kind);
}

describe('what a reflector makes of failures of the API server', () => {
  test.each([
    [{ status: 410, reason: 'Expired' }, 'expired'],
    [{ status: 403 }, 'forbidden'],
    [{ status: 401 }, 'failed'],
    [{ status: 500 }, 'failed'],
    [{ causeCode: 'ECONNRESET' }, 'failed'],
  ])('%j is %s', async (details, kind) => {
    expect(await kindsOf(new KubeError('it failed', details))).toEqual([kind, kind]);
  });

  test('how long the server wants to be left alone is passed on', async () => {
    const [failure] = await failures(new KubeError('busy', { status: 429, retryAfterSeconds: 7 }));
    expect(failure).toEqual({ kind: 'failed', message: 'busy', retryAfterSeconds: 7 });
  });

  test('anything that is no failure of the server at all is a failure', async () => {
    expect(await kindsOf(new TypeError('a mistake'))).toEqual(['failed', 'failed']);
  });
});

describe('a 404 for a whole kind', () => {
  const notFound = new KubeError('404 page not found', { status: 404 });
  const path = '/apis/appconnectivity.dev/v1alpha1';

  test.each([
    ['lacks the group', { '/apis': { kind: 'APIGroupList', groups: [] } }],
    ['lacks the version', { '/apis': groups('v1') }],
    ['lacks the kind', { '/apis': groups('v1alpha1'), [path]: kinds('others') }],
  ])('is believed when discovery %s', async (_, documents) => {
    const told = await failures(notFound, documents);
    expect(told.map(({ kind }) => kind)).toEqual(['not-served', 'not-served']);
    expect(told[0]?.message).toBe(`the server does not serve appconnectivities of ${path}`);
  });

  test.each([
    ['has the kind', { '/apis': groups('v1alpha1'), [path]: kinds('appconnectivities') }],
    ['is not there either', {}],
    ['knows the group but not what is in it', { '/apis': groups('v1alpha1') }],
    ['is something else', { '/apis': { items: [] } }],
  ])('is a failure when discovery %s', async (_, documents) => {
    expect(await kindsOf(notFound, documents)).toEqual(['failed', 'failed']);
  });

  test('is a failure for kinds that every server has', async () => {
    const documents = { '/apis': groups() };
    expect(await kindsOf(notFound, documents, resources.services)).toEqual(['failed', 'failed']);
  });
});

/** A server that has a kind in some versions, and what it was asked for. */
function versionedServer(...served: readonly string[]) {
  const asked: string[] = [];
  const state = { served };
  const answer = ({ version }: Resource, options: object) => {
    asked.push(`${version} ${JSON.stringify(options)}`);
    if (!state.served.includes(version)) throw new KubeError('not found', { status: 404 });
  };
  const client: Pick<KubeClient, 'list' | 'watch' | 'get'> = {
    list: async (resource, { signal: _, ...options } = {}) => {
      answer(resource, options);
      return { items: [], resourceVersion: '1' };
    },
    // biome-ignore lint/correctness/useYield: a watch that brings nothing
    watch: async function* (resource, { signal: _, ...options } = {}) {
      answer(resource, options);
    },
    get: async (path) => {
      if (path === '/apis') return groups(...state.served);
      return kinds('appconnectivities');
    },
  };
  return { client, asked, state };
}

describe('a kind that is served by one version or another', () => {
  const reading = { olderVersions: ['v1beta1', 'v1alpha2'] };
  const page = { limit: 1, signal };

  async function listed(source: ReturnType<typeof createSource>): Promise<string> {
    try {
      await source.list(page);
      return 'listed';
    } catch (error) {
      return source.failureOf(error).kind;
    }
  }

  test.each([
    ['is read by the best', ['v1alpha1', 'v1alpha2'], ['listed']],
    ['is read by an older one where that is all there is', ['v1alpha2', 'v0'], ['listed']],
    ['is read by the better one of two older', ['v1alpha2', 'v1beta1'], ['listed']],
    ['is absent where the server has none of them', ['v0'], ['not-served', 'not-served']],
  ])('%s', async (_what, served, outcomes) => {
    const { client } = versionedServer(...served);
    const source = createSource(client, resources.appConnectivities, reading);
    const told: string[] = [];
    for (const _ of outcomes) told.push(await listed(source));
    expect(told).toEqual(outcomes);
  });

  test('is listed and watched by the same one, and by another after an upgrade', async () => {
    const { client, asked, state } = versionedServer('v1beta1');
    const source = createSource(client, resources.appConnectivities, reading);
    expect(await listed(source)).toBe('listed');
    const from = { resourceVersion: '1', timeoutSeconds: 1, signal };
    const watch = () => source.watch(from)[Symbol.asyncIterator]().next();
    await watch();
    expect(asked.at(-1)).toMatch(/^v1beta1 .*"resourceVersion":"1"/);
    state.served = ['v1alpha1'];
    const failure = await watch().catch((error: unknown) => source.failureOf(error));
    expect(failure).toMatchObject({
      kind: 'expired',
      message: expect.stringContaining('v1alpha1'),
    });
    expect(await listed(source)).toBe('listed');
    expect(asked.at(-1)).toMatch(/^v1alpha1 /);
  });

  test('and a part of it is all that is asked for', async () => {
    const { client, asked } = versionedServer('v1alpha1');
    const scope = { namespace: 'default', labelSelector: 'a=b' };
    const source = createSource(client, resources.appConnectivities, { scope });
    await source.list(page);
    expect(asked).toEqual(['v1alpha1 {"namespace":"default","labelSelector":"a=b","limit":1}']);
  });
});
