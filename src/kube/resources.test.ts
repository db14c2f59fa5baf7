import { describe, expect, test } from '@jest/globals';
import {
  apiVersionOf,
  collectionPath,
  objectPath,
  resourceOfPath,
  resources,
} from './resources.ts';

const { deployments, namespaces, nodes, pods, appConnectivities } = resources;

describe('where objects are found', () => {
  test('collections of the core group and of others, of one namespace and of all', () => {
    expect(collectionPath(pods)).toBe('/api/v1/pods');
    expect(collectionPath(pods, 'shop')).toBe('/api/v1/namespaces/shop/pods');
    expect(collectionPath(deployments, 'shop')).toBe('/apis/apps/v1/namespaces/shop/deployments');
    expect(collectionPath(nodes, 'shop')).toBe('/api/v1/nodes');
    expect(apiVersionOf(pods)).toBe('v1');
    expect(apiVersionOf(appConnectivities)).toBe('appconnectivity.dev/v1alpha1');
  });

  test('objects, with names that mean something in a URL', () => {
    expect(objectPath(namespaces, { name: 'shop' })).toBe('/api/v1/namespaces/shop');
    expect(objectPath(deployments, { namespace: 'a', name: 'b/../c?d' })).toBe(
      '/apis/apps/v1/namespaces/a/deployments/b%2F..%2Fc%3Fd',
    );
  });

  test.each(['', '.', '..'])('"%s" is refused as a name', (name) => {
    expect(() => objectPath(nodes, { name })).toThrow(TypeError);
    expect(() => objectPath(pods, { namespace: 'shop', name })).toThrow(TypeError);
    expect(() => objectPath(pods, { namespace: name, name: 'cart' })).toThrow(TypeError);
  });

  test.each([
    ['/api/v1/namespaces/shop/pods', 'pods', false],
    ['/api/v1/namespaces', 'namespaces', false],
    ['/api/v1/namespaces/pods', 'namespaces', true],
    ['/api/v1/namespaces/shop/status', 'namespaces/status', true],
    ['/apis/apps/v1/deployments', 'deployments', false],
    ['/apis/a.dev/v1/namespaces/shop/things/x/status', 'things/status', true],
    ['/readyz', 'other', true],
    ['/apis', 'other', true],
  ])('metrics know %s as %s', (path, resource, named) => {
    expect(resourceOfPath(path)).toEqual({ resource, named });
  });
});
