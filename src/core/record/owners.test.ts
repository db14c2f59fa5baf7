import { describe, expect, test } from '@jest/globals';
import { rollouts } from '../model/kinds.ts';
import { allKinds, labels, metadata, ours, read, selector } from './fixtures/objects.ts';

const template = { metadata: { labels }, spec: {} };

describe('an object that a controller owns', () => {
  const spec = { selector, template };
  const objectOf = (owner: object) => {
    const ownerReferences = [{ name: 'o', controller: true, ...owner }];
    return { metadata: { ...metadata, labels, ownerReferences, ...ours }, spec };
  };
  const owned = (owner: object, kinds = allKinds) =>
    read('apps/v1', 'ReplicaSet', objectOf(owner), kinds);

  test.each([
    ['apps/v1 ReplicaSet', 'apps/v1', 'Deployment'],
    ['apps/v1 ReplicaSet', 'argoproj.io/v1alpha1', 'Rollout'],
    ['apps/v1 ReplicaSet', 'argoproj.io/v2', 'Rollout'],
    ['batch/v1 Job', 'batch/v1', 'CronJob'],
    ['v1 Pod', 'apps/v1', 'ReplicaSet'],
    ['v1 Pod', 'v1', 'ReplicationController'],
    ['v1 Pod', 'apps/v1', 'StatefulSet'],
    ['v1 Pod', 'apps/v1', 'DaemonSet'],
    ['v1 Pod', 'batch/v1', 'Job'],
    ['v1 Pod', 'v1', 'Node'],
    ['v1 Pod', 'argoproj.io/v1alpha1', 'Rollout'],
  ])('%s of %s %s is no workload', (object, apiVersion, kind) => {
    const [version = '', ownedKind = ''] = object.split(' ');
    expect(read(version, ownedKind, objectOf({ apiVersion, kind }), allKinds)).toBeUndefined();
  });

  test.each([
    ['apps/v1 StatefulSet', 'apps/v1', 'Deployment'],
    ['apps/v1 DaemonSet', 'apps/v1', 'Deployment'],
    ['apps/v1 Deployment', 'apps/v1', 'Deployment'],
    ['batch/v1 Job', 'apps/v1', 'Deployment'],
    ['batch/v1 CronJob', 'batch/v1', 'Job'],
    ['apps/v1 ReplicaSet', 'batch/v1', 'CronJob'],
    ['apps/v1 ReplicaSet', 'v1', 'Node'],
    ['v1 Pod', 'apps/v1', 'Deployment'],
    ['argoproj.io/v1alpha1 Rollout', 'apps/v1', 'Deployment'],
  ])(
    '%s of %s %s, which makes none, is a workload with its own word',
    (object, apiVersion, kind) => {
      const [version = '', ownedKind = ''] = object.split(' ');
      const { metadata: owns } = objectOf({ apiVersion, kind });
      const its = { ...spec, template, jobTemplate: { spec: { template } } };
      expect(read(version, ownedKind, { metadata: owns, spec: its }, allKinds)).toMatchObject({
        ...{ kind: 'Workload', texts: ours.annotations },
      });
    },
  );

  test.each([
    ['of a kind that is not known', { apiVersion: 'a.dev/v1', kind: 'Thing' }],
    ['of a kind that is called like a known one', { apiVersion: 'a.dev/v1', kind: 'Deployment' }],
    ['of a kind without a group that is none', { kind: 'Deployment' }],
    [
      'which is not its controller',
      { apiVersion: 'apps/v1', kind: 'Deployment', controller: false },
    ],
    [
      'which may be its controller',
      { apiVersion: 'apps/v1', kind: 'Deployment', controller: null },
    ],
  ])('%s is a workload of its own', (_what, owner) => {
    expect(owned(owner)).toMatchObject({ kind: 'Workload', texts: ours.annotations });
  });

  test('of a kind that is no longer configured is a workload of its own', () => {
    const kinds = allKinds.filter((each) => each !== rollouts);
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
    expect(owned(owner, kinds)).toMatchObject({ kind: 'Workload' });
  });
});
