import { expect, test } from '@jest/globals';
import type { Manifest } from '../../src/cli/manifests.ts';
import { overlay } from '../../src/cli/overlay.ts';

function manifest(apiVersion: string, kind: string, metadata: object, place: string): Manifest {
  return { apiVersion, kind, value: { apiVersion, kind, metadata }, locate: () => place };
}

function placesOf(cluster: readonly Manifest[], files: readonly Manifest[]): string[] {
  const inputs = [cluster, files].map((manifests) => ({ manifests, problems: [] }));
  const [old = { manifests: [], problems: [] }, now = old] = inputs;
  return overlay(old, now, 'shop').manifests.map(({ locate }) => locate([]));
}

const web = (namespace: string | undefined, place: string, version = 'v1') =>
  manifest(
    `apps/${version}`,
    'Deployment',
    { name: 'web', ...(namespace && { namespace }) },
    place,
  );

test('an object of the files stands in place of the live one of its kind, namespace and name', () => {
  const live = [web('shop', 'live'), web('other', 'elsewhere')];
  expect(placesOf(live, [web('shop', 'file')])).toEqual(['elsewhere', 'file']);
});

test('one that gives no namespace is in that of -n, and the version of an API is no difference', () => {
  expect(placesOf([web('shop', 'live')], [web(undefined, 'file')])).toEqual(['file']);
  expect(placesOf([web('shop', 'live')], [web('shop', 'file', 'v1beta1')])).toEqual(['file']);
});

test('a namespace is in no namespace, whatever -n says', () => {
  const shop = (place: string) => manifest('v1', 'Namespace', { name: 'web' }, place);
  expect(placesOf([shop('live')], [shop('file')])).toEqual(['file']);
});

test('a kind of the same name in another API group is another object', () => {
  const service = (version: string, place: string) =>
    manifest(version, 'Service', { name: 'web', namespace: 'shop' }, place);
  const live = [service('v1', 'live')];
  expect(placesOf(live, [service('serving.knative.dev/v1', 'file')])).toEqual(['live', 'file']);
});
