import { expect, test } from '@jest/globals';
import { hasPods } from './apply.ts';

const pod = { metadata: { name: 'web', namespace: 'shop', uid: '1', resourceVersion: '1' } };

test.each([
  ['a pod', { items: [pod] }, true],
  ['nothing', { items: [] }, false],
  ['nothing yet, and there is more to list', { items: [], continue: 'more' }, true],
])('a page with %s', async (_sentence, page, has) => {
  const client = { list: () => Promise.resolve({ ...page, resourceVersion: '1' }) };
  const { signal } = new AbortController();
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
