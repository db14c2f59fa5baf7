import { afterAll, describe, expect, test } from '@jest/globals';
import { createWorkplace } from './command.ts';

const { appconn, remove } = createWorkplace();
afterAll(remove);

const cart = `metadata:
  name: cart
  annotations:
    appconnectivity.dev/accepts-from: web
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
`;

const jobs = `apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {appconnectivity.dev/talks-to: "job/seed:5432"}}
spec: {template: {spec: {containers: [{name: main}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: seed, annotations: {appconnectivity.dev/accepts-from: "migrate:5432"}}
spec: {template: {spec: {containers: [{name: main}]}}}
`;

describe('appconn render', () => {
  test('a Job has a policy for the pods that carry its name, and may be named', () => {
    const { stdout, status } = appconn(['render', '-f', '-', '-o', 'json'], jobs);
    const labels = (name: string) => ({
      matchLabels: { 'batch.kubernetes.io/job-name': name },
    });
    const ports = [{ protocol: 'TCP', port: 5432 }];
    const to = [{ podSelector: labels('seed') }];
    const from = [{ podSelector: labels('migrate') }];
    expect(status).toBe(0);
    const [migrate, seed] = JSON.parse(stdout);
    expect(migrate.metadata.annotations['appconnectivity.dev/identity']).toBe('Job/migrate');
    expect(migrate.spec.podSelector).toEqual(labels('migrate'));
    expect(migrate.spec.egress).toContainEqual({ to, ports });
    expect(seed.metadata.annotations['appconnectivity.dev/identity']).toBe('Job/seed');
    expect(seed.spec.podSelector).toEqual(labels('seed'));
    expect(seed.spec.ingress).toContainEqual({ from, ports });
  });

  test('a CronJob has a policy for its template’s labels; its Jobs and a Job that is over have none', () => {
    const template = '{template: {metadata: {labels: {app: report}}}}';
    const owner =
      'ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: report, controller: true}]';
    const declares = 'annotations: {appconnectivity.dev/accepts-from: none}';
    const { stdout, stderr, status } = appconn(
      ['render', '-f', '-', '-o', 'json'],
      `apiVersion: batch/v1
kind: CronJob
metadata: {name: report, ${declares}}
spec: {jobTemplate: {spec: ${template}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: report-1, ${owner}, ${declares}}
spec: ${template}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, ${declares}}
spec: ${template}
status: {conditions: [{type: Failed, status: "True"}]}
`,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        metadata: { annotations: { 'appconnectivity.dev/identity': 'CronJob/report' } },
        spec: { podSelector: { matchLabels: { app: 'report' } }, ingress: [] },
      },
    ]);
  });

  test('a Rollout has a policy; one that leaves its pods to a Deployment is told so', () => {
    const rollout = `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n${cart}`;
    const { stdout } = appconn(['render', '-f', '-', '-o', 'json'], rollout);
    expect(JSON.parse(stdout)).toMatchObject([
      { metadata: { annotations: { 'appconnectivity.dev/identity': 'Rollout.argoproj.io/cart' } } },
    ]);
    const bare = `${rollout.slice(0, rollout.indexOf('spec:'))}spec: {workloadRef: {name: cart}}\n`;
    const { stderr, status } = appconn(['render', '-f', '-'], bare);
    expect(stderr).toBe(
      'stdin:6:39: error: Rollout/default/cart: metadata.annotations.appconnectivity.dev/accepts-from: it is not read here: this Rollout has no pod template at spec.template, so it makes no pods of its own; put it on the workload that makes them\n',
    );
    expect(status).toBe(1);
  });

  test('an Ingress that cannot be read is told with its place', () => {
    const ingress =
      'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  defaultBackend: {service: {name: Web}}\n';
    const { stderr, status } = appconn(['render', '-f', '-'], ingress);
    expect(stderr).toMatch(
      /^stdin:\d+:\d+: error: Ingress\/default\/web: spec\.defaultBackend\.service\.name: "Web" is no name: /m,
    );
    expect(status).toBe(1);
  });
});

test('appconn can-reach judges the pods of Jobs by the labels that they get from them', () => {
  const ask = (from: string) => {
    const parties = [from, 'job/seed:5432'];
    return appconn(['can-reach', '-f', '-', '--with-intent', ...parties], `${jobs}---\n${other}`);
  };
  const other = jobs
    .slice(0, jobs.indexOf('---'))
    .replace('migrate', 'other')
    .replace(/, annotations: .*/, '}');
  expect(ask('job/migrate').stdout).toMatch(/^yes: Job\/default\/migrate may open/);
  expect(ask('job/other').stdout).toMatch(/^no: Job\/default\/other may not open/);
});
