import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ControlPlane, startControlPlane } from '../../hack/control-plane/control-plane.ts';
import { type Outcome, run } from '../../hack/control-plane/run.ts';
import { defaultKinds } from '../../src/core/model/kinds.ts';
import { outsideResources } from '../../src/kube/outside-resources.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { watchedKinds } from '../../src/operator/watched-kinds.ts';

const MINUTE = 60_000;
const config = fileURLToPath(new URL('../../config/', import.meta.url));
const account = 'system:serviceaccount:appconnectivity-system:appconnectivity';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false });
  const applied = await kubectl('apply', '--server-side', '--kustomize', `${config}default`);
  expect(applied.stderr).toBe('');
}, MINUTE);

afterAll(() => plane?.stop(), MINUTE);

function kubectl(...args: readonly string[]): Promise<Outcome> {
  return run(plane.kubectl, args, { env: { ...process.env, ...plane.environment } });
}

/** Asks a SubjectAccessReview about every namespace, or about a path. */
async function mayOperator(verb: string, what: string): Promise<boolean> {
  const [resource = '', subresource] = what.startsWith('/') ? [what] : what.split('/');
  const scope = [
    ...(what.startsWith('/') ? [] : ['--all-namespaces']),
    ...(subresource === undefined ? [] : [`--subresource=${subresource}`]),
  ];
  const { stdout } = await kubectl('auth', 'can-i', verb, resource, `--as=${account}`, ...scope);
  return stdout.trim() === 'yes';
}

describe('the operator may do what it needs', () => {
  const { networkPolicies, pods, events } = resources;
  const watched = watchedKinds(defaultKinds).filter(({ scope }) => scope === undefined);
  const named = watched.map(({ resource }) => [nameOf(resource), resource] as const);
  test.each(named)('list and watch %s', async (_name, resource) => {
    expect(await mayEverywhere('list', resource)).toBe(true);
    expect(await mayEverywhere('watch', resource)).toBe(true);
  });

  test.each([
    ...['create', 'patch', 'delete'].map((verb) => [verb, nameOf(networkPolicies)] as const),
    ['list', nameOf(pods)],
    ['create', nameOf(events)],
    ['patch', 'appconnectivities.appconnectivity.dev/status'],
  ])('%s %s', async (verb, resource) => {
    expect(await mayOperator(verb, resource)).toBe(true);
  });

  test.each(['list', 'watch'])('%s the EndpointSlices of the API server', async (verb) => {
    const slices = nameOf(outsideResources.endpointSlices);
    expect(await mayIn('default', verb, slices)).toBe(true);
    expect(await mayIn('kube-system', verb, slices)).toBe(false);
  });

  test.each([
    ['get', 'leases/appconnectivity'],
    ['update', 'leases/appconnectivity'],
    ['create', 'leases'],
  ])('%s %s in kube-system', async (verb, what) => {
    expect(await mayIn('kube-system', verb, what)).toBe(true);
  });
});

describe('the operator may not', () => {
  test.each([
    ['get', 'secrets'],
    ['list', 'secrets'],
    ['list', 'configmaps'],
    ['create', 'serviceaccounts/token'],
    ['get', 'pods'],
    ['watch', 'pods'],
    ['create', 'pods'],
    ['patch', 'pods'],
    ['delete', 'pods'],
    ['create', 'pods/exec'],
    ['get', 'pods/log'],
    ['patch', 'deployments.apps'],
    ['update', 'statefulsets.apps'],
    ['patch', 'daemonsets.apps'],
    ['patch', 'services'],
    ['patch', 'namespaces'],
    ['patch', 'nodes'],
    ['update', 'networkpolicies.networking.k8s.io'],
    ['deletecollection', 'networkpolicies.networking.k8s.io'],
    ['create', 'appconnectivities.appconnectivity.dev'],
    ['patch', 'appconnectivities.appconnectivity.dev'],
    ['delete', 'appconnectivities.appconnectivity.dev'],
    ['delete', 'events.events.k8s.io'],
    ['patch', 'customresourcedefinitions.apiextensions.k8s.io'],
    ['create', 'clusterrolebindings.rbac.authorization.k8s.io'],
    ['escalate', 'clusterroles.rbac.authorization.k8s.io'],
    ['impersonate', 'users'],
    ['get', '/metrics'],
  ])('%s %s', async (verb, what) => {
    expect(await mayOperator(verb, what)).toBe(false);
  });

  test.each([
    ['get', 'leases/kube-scheduler'],
    ['update', 'leases/kube-scheduler'],
    ['delete', 'leases/appconnectivity'],
    ['patch', 'leases/appconnectivity'],
    ['list', 'leases'],
    ['watch', 'leases'],
  ])('%s %s in kube-system', async (verb, what) => {
    expect(await mayIn('kube-system', verb, what)).toBe(false);
  });

  test.each(['default', 'kube-node-lease', 'appconnectivity-system'])(
    'touch any Lease in %s',
    async (namespace) => {
      expect(await mayIn(namespace, 'get', 'leases/appconnectivity')).toBe(false);
      expect(await mayIn(namespace, 'create', 'leases')).toBe(false);
    },
  );

  test('do anything in kube-system that is not in this list', async () => {
    expect(await readRights('role/appconnectivity', '--namespace=kube-system')).toEqual([
      'leases.coordination.k8s.io appconnectivity: get update',
      'leases.coordination.k8s.io: create',
    ]);
  });

  test('do anything in default that is not in this list', async () => {
    expect(await readRights('role/appconnectivity-api-server', '--namespace=default')).toEqual([
      'endpointslices.discovery.k8s.io: list watch',
    ]);
  });

  test('do anything that is not in this list', async () => {
    expect(await readRights('clusterrole/appconnectivity')).toEqual([
      'appconnectivities.appconnectivity.dev: list watch',
      'appconnectivities/status.appconnectivity.dev: patch',
      'cronjobs.batch: list watch',
      'daemonsets.apps: list watch',
      'deployments.apps: list watch',
      'events.events.k8s.io: create',
      'gatewayclasses.gateway.networking.k8s.io: list watch',
      'gateways.gateway.networking.k8s.io: list watch',
      'grpcroutes.gateway.networking.k8s.io: list watch',
      'httproutes.gateway.networking.k8s.io: list watch',
      'ingressclasses.networking.k8s.io: list watch',
      'ingresses.networking.k8s.io: list watch',
      'jobs.batch: list watch',
      'mutatingwebhookconfigurations.admissionregistration.k8s.io: list watch',
      'namespaces: list watch',
      'networkpolicies.networking.k8s.io: list watch create patch delete',
      'nodes: list watch',
      'podmonitors.monitoring.coreos.com: list watch',
      'pods: list',
      'referencegrants.gateway.networking.k8s.io: list watch',
      'rollouts.argoproj.io: list watch',
      'servicecidrs.networking.k8s.io: list watch',
      'servicemonitors.monitoring.coreos.com: list watch',
      'services: list watch',
      'statefulsets.apps: list watch',
      'tcproutes.gateway.networking.k8s.io: list watch',
      'tlsroutes.gateway.networking.k8s.io: list watch',
      'validatingwebhookconfigurations.admissionregistration.k8s.io: list watch',
    ]);
  });

  test('do anything with a wildcard', async () => {
    const { stdout } = await kubectl('get', 'clusterrole', 'appconnectivity', '--output=yaml');
    expect(stdout).not.toMatch(/['"]\*['"]/);
  });
});

/** As `mayOperator`, of a kind that the server may lack, whose group kubectl would not know. */
async function mayEverywhere(verb: string, { group, plural }: Resource): Promise<boolean> {
  const review = {
    ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' },
    spec: { user: account, resourceAttributes: { verb, group, resource: plural } },
  };
  const { stdout } = await run(plane.kubectl, ['create', '-f', '-', '--output=json'], {
    env: { ...process.env, ...plane.environment },
    input: JSON.stringify(review),
  });
  return (JSON.parse(stdout) as { status: { allowed: boolean } }).status.allowed;
}

/** Asks about one namespace; `leases/appconnectivity` is one Lease. */
async function mayIn(namespace: string, verb: string, what: string): Promise<boolean> {
  const scope = [`--as=${account}`, `--namespace=${namespace}`];
  const { stdout } = await kubectl('auth', 'can-i', verb, what, ...scope);
  return stdout.trim() === 'yes';
}

/** What a role allows, sorted. */
async function readRights(role: string, ...scope: readonly string[]): Promise<string[]> {
  const { stdout } = await kubectl('get', role, ...scope, '--output=json');
  const { rules } = JSON.parse(stdout) as { rules: Record<string, string[]>[] };
  const rights = rules.flatMap(
    ({ apiGroups = [], resources: names = [], verbs = [], resourceNames = [] }) =>
      apiGroups.flatMap((group) =>
        names.map((plural) =>
          [[nameOf({ group, plural }), ...resourceNames].join(' '), verbs.join(' ')].join(': '),
        ),
      ),
  );
  return rights.sort();
}

function nameOf({ group, plural }: { group: string; plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`;
}
