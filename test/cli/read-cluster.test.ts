import { expect, test } from '@jest/globals';
import { readCluster } from '../../src/cli/read-cluster.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/errors.ts';
import { outsideResources } from '../../src/kube/outside-resources.ts';
import { outsideKinds } from '../../src/operator/watched-kinds.ts';

const gateway = 'gateway.networking.k8s.io';
const routes = outsideKinds.filter(({ resource }) => resource === outsideResources.tlsRoutes);
const host = { clock: { now: () => 0, setTimer: () => () => {} } };

/** A cluster that shows these credentials nothing but its discovery documents. */
function forbidding(...versions: readonly string[]): Pick<KubeClient, 'list' | 'watch' | 'get'> {
  const groups =
    versions.length === 0 ? [] : [{ name: gateway, versions: versions.map(asVersion) }];
  const documents: Readonly<Record<string, unknown>> = {
    '/apis': { kind: 'APIGroupList', groups },
    [`/apis/${gateway}/v1`]: { kind: 'APIResourceList', resources: [{ name: 'httproutes' }] },
    [`/apis/${gateway}/v1alpha2`]: { kind: 'APIResourceList', resources: [{ name: 'tlsroutes' }] },
  };
  const refuse = () => Promise.reject(new KubeError('it is forbidden', { status: 403 }));
  return {
    list: refuse,
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
    get: (path) => Promise.resolve(documents[path]),
  };
}

const asVersion = (version: string) => ({ version });

test.each([
  ['the group', []],
  ['the kind', ['v1']],
])(
  'A kind that may not be listed counts as empty where the server lacks %s',
  async (_, versions) => {
    const picture = await readCluster(forbidding(...versions), routes, host);
    expect(picture).toEqual({ records: [], problems: [] });
  },
);

test('A kind that may not be listed and is there, if by an older version, is an error', async () => {
  await expect(readCluster(forbidding('v1', 'v1alpha2'), routes, host)).rejects.toThrow(
    'may not list everything that is needed',
  );
});

test('A kind that may not be listed is an error where discovery fails', async () => {
  const get = () => Promise.reject(new KubeError('it failed', { status: 500 }));
  await expect(readCluster({ ...forbidding(), get }, routes, host)).rejects.toThrow(
    'may not list everything that is needed',
  );
});
