import { describe, expect, test } from '@jest/globals';
import { defaultKinds, type KindOfWorkload } from '../model/kinds.ts';
import { labels, metadata, ours, read, selector } from './fixtures/objects.ts';
import { isProblem, isRecord, readObject } from './read.ts';

const template = {
  metadata: { labels },
  spec: { containers: [{ ports: [{ containerPort: 80 }] }] },
};

/** A workload that has to be one. */
function workload(...given: Parameters<typeof read>) {
  const record = read(...given);
  if (!isRecord(record) || record.kind !== 'Workload') {
    throw new Error(`no workload: ${JSON.stringify(record)}`);
  }
  return record;
}

function problem(...given: Parameters<typeof read>) {
  const found = read(...given);
  if (!isProblem(found)) throw new Error(`no problem: ${JSON.stringify(found)}`);
  return `${found.path.join('.')}: ${found.problem}`;
}

describe('the pods of each kind of workload', () => {
  const controller = 'ReplicationController';
  const cron = { jobTemplate: { spec: { template } } };
  const pod = { metadata: { ...metadata, labels }, spec: template.spec };
  test.each<[string, string, object]>([
    ['apps/v1', 'Deployment', { spec: { selector, template } }],
    ['apps/v1', 'StatefulSet', { spec: { selector, template } }],
    ['apps/v1', 'DaemonSet', { spec: { selector, template } }],
    ['apps/v1', 'ReplicaSet', { spec: { selector, template } }],
    ['argoproj.io/v1alpha1', 'Rollout', { spec: { selector, template } }],
    ['v1', controller, { spec: { selector: labels, template } }],
    ['v1', controller, { spec: { template } }],
    ['batch/v1', 'CronJob', { spec: cron }],
    ['v1', 'Pod', pod],
  ])('%s %s', (apiVersion, kind, fields) => {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    expect(workload(apiVersion, kind, fields)).toEqual({
      ...{ kind: 'Workload', uid: 'u1', selector, labels, hostNetwork: false },
      ref: { group, kind, namespace: 'shop', name: 'x' },
      ports: [{ port: 80, protocol: 'TCP' }],
      ...{ texts: {}, strays: [] },
    });
  });

  test.each([
    ['apps/v1', 'ReplicaSet'],
    ['v1', 'ReplicationController'],
    ['v1', 'Pod'],
  ])('%s %s is read only where the configuration has it', (apiVersion, kind) => {
    const fields = { spec: { selector, template } };
    expect(read(apiVersion, kind, fields, defaultKinds)).toBeUndefined();
  });

  test('a kind of the configuration, by its field paths', () => {
    const thing: KindOfWorkload = {
      ...{ group: 'a.dev', version: 'v2', kind: 'Thing', plural: 'things', words: ['thing'] },
      ...{ template: ['spec', 'workers', 'podTemplate'], selector: ['spec', 'pods'] },
    };
    const spec = { workers: { podTemplate: template }, pods: { matchLabels: { team: 'a' } } };
    const kinds = [thing];
    expect(workload('a.dev/v2', 'Thing', { spec }, kinds)).toMatchObject({
      ...{ labels, selector: { matchLabels: { team: 'a' } } },
    });
    const map = { ...spec, pods: { team: 'b' } };
    expect(workload('a.dev/v2', 'Thing', { spec: map }, kinds).selector).toEqual({
      matchLabels: { team: 'b' },
    });
    const none = { workers: spec.workers };
    expect(workload('a.dev/v2', 'Thing', { spec: none }, kinds).selector).toEqual(selector);
    expect(read('a.dev/v1', 'Thing', { spec }, kinds)).toBeUndefined();
    expect(read('b.dev/v2', 'Thing', { spec }, kinds)).toBeUndefined();
  });

  test.each([
    ['an operator that is none', { matchExpressions: [{ key: 'a', operator: 'Maybe' }] }],
    ['NotIn of nothing', { matchExpressions: [{ key: 'a', operator: 'NotIn' }] }],
    ['an unknown field beside labels', { matchLabels: labels, matchLabel: {} }],
    ['a number for a value', { app: 1 }],
    ['a value that no label has', { app: '-' }],
    ['a text, as scale subresources have it', 'app=x'],
    ['a list', [labels]],
  ])('a selector that nobody has checked is refused, and matches nothing: %s', (_what, odd) => {
    const said = problem('argoproj.io/v1alpha1', 'Rollout', { spec: { selector: odd, template } });
    expect(said).toMatch(/^spec\.selector[.:]/);
  });

  test('labels of a template that nobody has checked are refused as a selector', () => {
    const odd = { metadata: { labels: { app: 'a b' } } };
    const said = problem('argoproj.io/v1alpha1', 'Rollout', { spec: { template: odd } });
    expect(said).toMatch(/^spec\.template\.metadata\.labels\.app: a label value has/);
  });
});

describe('a Job', () => {
  const named = { 'batch.kubernetes.io/job-name': 'x' };
  const uids = { 'controller-uid': '1', 'batch.kubernetes.io/controller-uid': '1' };

  test('is the same in a file and as the API server completes it', () => {
    const file = workload('batch/v1', 'Job', { spec: { template } });
    const live = workload('batch/v1', 'Job', {
      spec: {
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': '1' } },
        template: {
          ...template,
          metadata: { labels: { ...labels, ...uids, ...named, 'job-name': 'x' } },
        },
      },
    });
    expect(live).toEqual(file);
    expect(file.selector).toEqual({ matchLabels: named });
    expect(file.labels).toEqual({ ...labels, ...named, 'job-name': 'x' });
  });

  test('with a selector of its own keeps that, and its labels as they are written', () => {
    const own = { metadata: { labels: { ...labels, ...uids } } };
    const spec = { manualSelector: true, selector, template: own };
    expect(workload('batch/v1', 'Job', { spec })).toMatchObject({ selector });
    expect(workload('batch/v1', 'Job', { spec }).labels).toEqual({ ...labels, ...uids });
    const byUid = { matchLabels: uids };
    expect(workload('batch/v1', 'Job', { spec: { ...spec, selector: byUid } })).toMatchObject({
      ...{ selector: byUid, labels: { ...labels, ...uids } },
    });
  });

  test.each([
    ['Complete', 'True', true],
    ['Failed', 'True', true],
    ['Complete', 'False', false],
    ['Suspended', 'True', false],
    ['FailureTarget', 'True', false],
  ])('with the condition %s %s: over is %s', (type, status, over) => {
    const status_ = {
      conditions: [
        { type: 'Other', status: 'True' },
        { type, status },
      ],
    };
    const job = read('batch/v1', 'Job', { spec: { template }, status: status_ });
    expect(job === undefined).toBe(over);
  });

  test.each([
    ['Running', false],
    ['Pending', false],
    ['Succeeded', true],
    ['Failed', true],
  ])('and a Pod in phase %s: over is %s', (phase, over) => {
    expect(read('v1', 'Pod', { spec: {}, status: { phase } }) === undefined).toBe(over);
  });
});

describe('an object without a pod template', () => {
  const workloadRef = { kind: 'Deployment', name: 'x' };

  test('makes no pods of its own, and is no workload', () => {
    expect(read('argoproj.io/v1alpha1', 'Rollout', { spec: { workloadRef } })).toBeUndefined();
    expect(read('argoproj.io/v1alpha1', 'Rollout', {})).toBeUndefined();
  });

  test('is told that what it declares means nobody, and what was known of it is old', () => {
    const object = { metadata: { ...metadata, ...ours }, spec: { workloadRef } };
    expect(problem('argoproj.io/v1alpha1', 'Rollout', object)).toBe(
      'metadata.annotations.appconnectivity.dev/talks-to: it is not read here: this Rollout has no pod template at spec.template, so it makes no pods of its own; put it on the workload that makes them',
    );
    expect(read('argoproj.io/v1alpha1', 'Rollout', object)).toMatchObject({ isNothing: true });
  });

  test('is a mistake where Kubernetes itself asks for one', () => {
    expect(problem('batch/v1', 'Job', { spec: {} })).toMatch(/^spec\.template: it is missing/);
    expect(problem('batch/v1', 'CronJob', {})).toMatch(/^spec\.jobTemplate\.spec\.template: /);
  });
});

describe('what is written where nothing reads it', () => {
  const stray = { metadata: { labels, ...ours } };
  const key = 'appconnectivity.dev/talks-to';

  test('on the template of a CronJob, and on what its Jobs are made from', () => {
    const spec = { jobTemplate: { metadata: ours, spec: { template: stray } } };
    expect(workload('batch/v1', 'CronJob', { spec }).strays).toEqual([
      { key, path: ['spec', 'jobTemplate', 'metadata', 'annotations', key] },
      { key, path: ['spec', 'jobTemplate', 'spec', 'template', 'metadata', 'annotations', key] },
    ]);
  });

  test('and among their labels', () => {
    const label = { [key]: 'none' };
    const template = { metadata: { labels: { ...labels, ...label } } };
    const spec = { jobTemplate: { metadata: { labels: label }, spec: { template } } };
    expect(workload('batch/v1', 'CronJob', { spec }).strays).toEqual([
      { key, path: ['spec', 'jobTemplate', 'metadata', 'labels', key] },
      { key, path: ['spec', 'jobTemplate', 'spec', 'template', 'metadata', 'labels', key] },
    ]);
  });

  test('and on a Pod it is read, since a Pod is its own template', () => {
    const pod = { metadata: { ...metadata, ...ours, labels }, spec: {} };
    expect(workload('v1', 'Pod', pod)).toMatchObject({ texts: ours.annotations, strays: [] });
  });
});

describe('scraping by annotations', () => {
  test.each([
    ['a port', { scrape: 'true', port: '9090' }, { port: 9090 }],
    ['no port: every port is meant', { scrape: 'true' }, {}],
    ['a port that is none: nothing is', { scrape: 'true', port: 'http' }, undefined],
    ['a port that there is not', { scrape: 'true', port: '70000' }, undefined],
    ['an empty port', { scrape: 'true', port: '' }, undefined],
    ['another word for yes', { scrape: 'yes', port: '9090' }, undefined],
    ['no wish', { port: '9090' }, undefined],
  ])('%s', (_what, said, scrape) => {
    const annotations = Object.fromEntries(
      Object.entries(said).map(([key, text]) => [`prometheus.io/${key}`, text]),
    );
    const told = { ...template, metadata: { labels, annotations } };
    const { scrape: found } = workload('apps/v1', 'Deployment', {
      spec: { selector, template: told },
    });
    expect(found).toEqual(scrape);
    const service = readObject('v1', 'Service', { metadata: { ...metadata, annotations } });
    expect((service as { scrape?: unknown }).scrape).toEqual(scrape);
  });
});
