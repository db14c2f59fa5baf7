import { describe, expect, test } from '@jest/globals';
import { fieldManager } from '../core/model/names.ts';
import type { NetworkPolicy, PolicySpec } from '../core/model/policy.ts';
import type { Change } from '../core/plan/change.ts';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/errors.ts';
import { hasPods, performChange } from './apply.ts';
import { live, signal } from './fixtures/reconciler.ts';

const pod = { metadata: { name: 'web', namespace: 'shop', uid: '1', resourceVersion: '1' } };

test.each([
  ['a pod', { items: [pod] }, true],
  ['nothing', { items: [] }, false],
  ['nothing yet, and there is more to list', { items: [], continue: 'more' }, true],
])('a page with %s', async (_sentence, page, has) => {
  const client = { list: () => Promise.resolve({ ...page, resourceVersion: '1' }) };
  expect(await hasPods(client, 'shop', { matchLabels: { app: 'web' } }, signal)).toBe(has);
});

test('a pod that has ended is not asked for: a finished Job keeps its pods, and needs no policy', async () => {
  const asked: unknown[] = [];
  const client: Parameters<typeof hasPods>[0] = {
    list: (_resource, options) => {
      asked.push(options?.fieldSelector);
      return Promise.resolve({ items: [], resourceVersion: '1' });
    },
  };
  const { signal } = new AbortController();
  await hasPods(client, 'shop', { matchLabels: { app: 'web' } }, signal);
  expect(asked).toEqual(['status.phase!=Succeeded,status.phase!=Failed']);
});

const spec: PolicySpec = {
  podSelector: { matchLabels: { app: 'web' } },
  ...{ policyTypes: ['Ingress'], ingress: [], egress: [] },
};

function policy(more: Partial<PolicySpec> = {}): NetworkPolicy {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: 'shop', name: 'appconn-web-abcdefgh', labels: {}, annotations: {} },
    spec: { ...spec, ...more },
  };
}

/** A server that stores what it is sent, but for `changes`, and what it was asked. */
function createServer(changes: object = {}, failure?: KubeError, removed?: object) {
  const asked: unknown[] = [];
  const client: Pick<KubeClient, 'apply' | 'remove' | 'list'> = {
    apply: (_path, object, { force, fieldManager: manager }) => {
      asked.push({ force, manager });
      const { metadata, spec: sent } = object as NetworkPolicy;
      const stored = { ...metadata, uid: '1', resourceVersion: '2' };
      return Promise.resolve({
        ...(object as object),
        metadata: stored,
        spec: { ...sent, ...changes },
      });
    },
    remove: (_path, preconditions) => {
      asked.push(preconditions);
      return failure === undefined ? Promise.resolve(removed) : Promise.reject(failure);
    },
    list: () => Promise.resolve({ items: [], resourceVersion: '1' }),
  };
  const perform = (change: Change) => performChange(client, change, () => true, signal);
  return { asked, perform };
}

describe('A policy that is written', () => {
  const create = (of: NetworkPolicy): Change => ({ type: 'create', policy: of });

  test('is applied by force in our name, and counts once the answer says what was sent', async () => {
    const { asked, perform } = createServer();
    expect(await perform(create(policy()))).toMatchObject({ result: 'written' });
    expect(asked).toEqual([{ force: true, manager: fieldManager }]);
  });

  test('does not count where the server stored another one, such as by a webhook', async () => {
    const { perform } = createServer({ egress: [{}], policyTypes: ['Ingress', 'Egress'] });
    await expect(perform(create(policy()))).rejects.toThrow(
      'the API server stored shop/appconn-web-abcdefgh otherwise than it was sent; is a webhook changing it?',
    );
  });

  test.each([
    ['allows everything', policy({ ingress: [{}] })],
    ['has a rule without peers', policy({ ingress: [{ from: [] }] })],
    ['selects every pod, and is no default-deny', policy({ podSelector: {} })],
  ])('is never sent where it %s', async (_, unsafe) => {
    const { asked, perform } = createServer();
    await expect(perform(create(unsafe))).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});

describe('A policy that is deleted', () => {
  const remove: Change = { type: 'delete', live: live(policy()), whenPodsAreGone: false };

  test('is the very one that was seen, in the version that was seen', async () => {
    const { asked, perform } = createServer();
    expect(await perform(remove)).toMatchObject({ result: 'deleted' });
    expect(asked).toEqual([{ uid: '1', resourceVersion: '1' }]);
  });

  test('counts as deleted where it is gone already, and not where it has changed', async () => {
    const gone = new KubeError('gone', { status: 404, reason: 'NotFound' });
    expect(await createServer({}, gone).perform(remove)).toMatchObject({ result: 'deleted' });
    const changed = new KubeError('changed', { status: 409, reason: 'Conflict' });
    await expect(createServer({}, changed).perform(remove)).rejects.toThrow(changed);
  });

  test('does not count as deleted while a finalizer keeps it, since it is enforced until it goes', async () => {
    const metadata = { name: 'appconn-web-abcdefgh', finalizers: ['example.com/audit'] };
    const kept = { kind: 'NetworkPolicy', metadata };
    expect(await createServer({}, undefined, kept).perform(remove)).toEqual({ result: 'needed' });
    const status = { kind: 'Status', status: 'Success' };
    const { perform } = createServer({}, undefined, status);
    expect(await perform(remove)).toMatchObject({ result: 'deleted' });
  });
});
