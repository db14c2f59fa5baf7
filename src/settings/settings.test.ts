import { describe, expect, test } from '@jest/globals';
import { defaultKinds } from '../core/model/kinds.ts';
import { ConfigError, readConfig, settingsOf } from '../settings.ts';

const none = { environment: {}, flags: {} };
const read = (file: unknown) => settingsOf(readConfig({ ...none, file }));

/** The lines that a wrong file is answered with. */
function complaints(file: unknown): string[] {
  try {
    readConfig({ ...none, file });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const cloneSet = {
  ...{ group: 'apps.kruise.io', version: 'v1alpha1', kind: 'CloneSet', plural: 'clonesets' },
};

describe('The setting workloads', () => {
  test('adds kinds of Kubernetes to those that are always read', () => {
    const { workloadKinds } = read({ workloads: { kinds: ['Pod', 'ReplicaSet'] } });
    expect(workloadKinds.map(({ kind }) => kind)).toEqual([
      ...defaultKinds.map(({ kind }) => kind),
      ...['ReplicaSet', 'Pod'],
    ]);
  });

  test('adds kinds of others, by the usual paths unless it says others', () => {
    const task = {
      ...{ group: 'jobs.example.com', version: 'v2', kind: 'Task', plural: 'tasks' },
      ...{ words: ['task', 't'], template: 'spec.run.template', selector: 'none' },
    };
    const { workloadKinds } = read({ workloads: { custom: [cloneSet, task] } });
    expect(workloadKinds.slice(-2)).toEqual([
      {
        ...cloneSet,
        words: ['cloneset', 'clonesets'],
        template: ['spec', 'template'],
        selector: ['spec', 'selector'],
      },
      { ...task, template: ['spec', 'run', 'template'], selector: undefined },
    ]);
  });

  test('refuses a kind or a word that there is already', () => {
    const custom = [
      { ...cloneSet, kind: 'Service', words: ['a'] },
      { ...cloneSet, kind: 'Rollout', words: ['canary', 'ro'] },
      { ...cloneSet, kind: 'Pod', words: ['b'] },
      { ...cloneSet, words: ['svc', 'host', 'clone'] },
      { ...cloneSet, words: ['d'] },
      { ...cloneSet, kind: 'Other', words: ['clone'] },
    ];
    const taken = (kind: string) =>
      `there is a kind ${kind} already, and entries could not tell the two apart`;
    expect(complaints({ workloads: { custom } })).toEqual([
      `workloads.custom.0.kind: ${taken('Service')}`,
      `workloads.custom.1.kind: ${taken('Rollout')}`,
      'workloads.custom.1.words: ro means another kind already; give Rollout words of its own',
      `workloads.custom.2.kind: ${taken('Pod')}`,
      'workloads.custom.3.words: svc, host means another kind already; give CloneSet words of its own',
      `workloads.custom.4.kind: ${taken('CloneSet')}`,
      'workloads.custom.5.words: clone means another kind already; give Other words of its own',
    ]);
  });

  test('refuses what cannot be the name of a kind, or the path of a field', () => {
    const custom = [
      { ...cloneSet, group: 'Kruise', version: '1', plural: 'CloneSets', words: ['a/b'] },
      { ...cloneSet, kind: 'cloneSet', template: 'template', selector: 'spec..selector' },
      { kind: 'CloneSet' },
    ];
    const letters =
      'has other characters than lower-case letters, digits and "-", or does not begin with a letter';
    expect(complaints({ workloads: { kinds: ['Deployment'], custom } })).toEqual([
      'workloads.kinds.0: "Deployment" is not one of ReplicaSet, ReplicationController, Pod',
      'workloads.custom.0.group: "Kruise" is not a DNS domain; write it as kruise',
      `workloads.custom.0.version: "1" ${letters}`,
      `workloads.custom.0.plural: "CloneSets" ${letters}`,
      `workloads.custom.0.words.0: "a/b" ${letters}`,
      'workloads.custom.1.kind: a kind is written as in its manifest, such as Deployment, StatefulSet or DaemonSet',
      'workloads.custom.1.template: "template" is no path of fields below spec, such as spec.template',
      'workloads.custom.1.selector: "spec..selector" is no path of fields below spec, such as spec.template',
      'workloads.custom.2.group: it is missing; it must be a string',
      'workloads.custom.2.version: it is missing; it must be a string',
      'workloads.custom.2.plural: it is missing; it must be a string',
    ]);
  });
});

const nginx = { namespace: 'ingress-nginx', selector: { matchLabels: { app: 'nginx' } } };

describe('The setting parties', () => {
  test('names pods and blocks; controllers only where they are written', () => {
    const parties = {
      ingress: [nginx, { ...nginx, controllers: ['k8s.io/ingress-nginx'] }],
      monitoring: [
        {
          namespace: 'monitoring',
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'a', 'b'] }] },
        },
      ],
      ...{ apiServerSources: ['192.0.2.0/28'], nodeSources: ['2001:db8::/64'] },
    };
    expect(read({ parties }).parties).toEqual({
      ...parties,
      monitoring: [
        {
          namespace: 'monitoring',
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
        },
      ],
    });
  });

  test('refuses pods by no label, and every address', () => {
    const parties = {
      ingress: [
        { ...nginx, selector: {} },
        { ...nginx, controllers: [] },
        { ...nginx, namespace: 'Ingress' },
      ],
      monitoring: [{ namespace: 'monitoring' }],
      apiServerSources: ['0.0.0.0/0', '192.0.2.1'],
      nodeSources: ['::/0'],
    };
    expect(complaints({ parties })).toEqual([
      'parties.ingress.0.selector: an empty selector matches everything; name at least one label',
      'parties.ingress.1.controllers: it must be at least 1 entries; this is 0',
      'parties.ingress.2.namespace: a namespace has lower-case letters, digits and "-", and begins and ends with a letter or digit',
      'parties.monitoring.0.selector: it is missing; it must be an object with fields',
      'parties.apiServerSources.0: "0.0.0.0/0" is every address; write the blocks that requests come from',
      'parties.apiServerSources.1: "192.0.2.1" is not a CIDR; write it as 192.0.2.1/32',
      'parties.nodeSources.0: "::/0" is every address; write the blocks that requests come from',
    ]);
  });
});

describe('The setting environments', () => {
  const environments = { label: 'example.com/env', sharedNamespaces: ['kube-system'] };

  test('is off unless it is written', () => {
    expect(read({})).not.toHaveProperty('environments');
    expect(read({ environments })).toMatchObject({
      environments: { ...environments, allowed: [] },
    });
  });

  test('needs the namespaces shared that serve all of them', () => {
    const parties = { ingress: [nginx], monitoring: [{ ...nginx, namespace: 'monitoring' }] };
    const refused = (environments: object) => complaints({ environments, parties });
    const reason =
      "must be among them: the cluster's DNS and the configured parties serve every environment";
    expect(refused({ label: 'env' })).toEqual([
      `environments.sharedNamespaces: kube-system, ingress-nginx, monitoring ${reason}`,
    ]);
    expect(refused({ label: 'env', sharedNamespaces: ['monitoring', 'kube-system'] })).toEqual([
      `environments.sharedNamespaces: ingress-nginx ${reason}`,
    ]);
    const all = ['ingress-nginx', 'monitoring', 'kube-system'];
    expect(refused({ label: 'env', sharedNamespaces: all })).toEqual([]);
  });

  test('refuses pairs that allow nothing more, and what is no label', () => {
    const allowed = [
      ...[['dev', 'staging'], ['prod', 'prod'], ['staging', 'dev'], ['dev', ''], ['dev']],
    ];
    expect(complaints({ environments: { ...environments, allowed } })).toEqual([
      'environments.allowed.3.1: it must be at least 1 characters; this is 0',
      'environments.allowed.4: it must be at least 2 entries; this is 1',
    ]);
    expect(complaints({ environments: { ...environments, allowed: allowed.slice(0, 3) } })).toEqual(
      [
        'environments.allowed.1: prod is one environment, which reaches itself anyway; write two',
        'environments.allowed.2: staging and dev are allowed by entry 0 already, in both directions; remove one',
      ],
    );
    expect(complaints({ environments: { ...environments, label: 'my env' } })).toEqual([
      'environments.label: a label key is a name such as app, with an optional prefix as in example.com/app',
    ]);
  });
});
