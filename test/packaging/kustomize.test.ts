import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../hack/control-plane/control-plane.ts';
import { type Outcome, run } from '../../hack/control-plane/run.ts';
import { readConfig } from '../../src/settings.ts';

const MINUTE = 60_000;
const config = fileURLToPath(new URL('../../config/', import.meta.url));

let plane: ControlPlane;
let applied: Outcome;

beforeAll(async () => {
  plane = await startControlPlane();
  applied = await kubectl('apply', '--server-side', '--kustomize', `${config}default`);
}, MINUTE);

afterAll(() => plane?.stop(), MINUTE);

function kubectl(...args: readonly string[]): Promise<Outcome> {
  return run(plane.kubectl, args, { env: { ...process.env, ...plane.environment } });
}

describe('kubectl apply --server-side -k config/default', () => {
  test('is taken by a real API server without a warning', () => {
    expect(applied.stderr).toBe('');
    expect(applied.stdout).toContain('deployment.apps/appconnectivity serverside-applied');
  });

  test('changes nothing when it is repeated', async () => {
    const show = () =>
      kubectl(
        ...['get', 'clusterroles,customresourcedefinitions,deployments', '--all-namespaces'],
        '--output=jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.generation}{"\\n"}{end}',
      );
    const before = await show();
    await kubectl('apply', '--server-side', '--kustomize', `${config}default`);
    expect((await show()).stdout).toBe(before.stdout);
    expect(before.stdout).toContain('Deployment appconnectivity 1');
  });

  test('gives a pod that the "restricted" Pod Security Standard admits', async () => {
    const of = [
      '--namespace=appconnectivity-system',
      '--selector=app.kubernetes.io/name=appconnectivity',
    ];
    const waited = await kubectl('wait', 'pod', ...of, '--for=create', '--timeout=20s');
    expect(waited.stderr).toBe('');
  }, 30_000);

  test('names no image registry', async () => {
    const { stdout } = await kubectl('kustomize', `${config}default`);
    const images = [...stdout.matchAll(/image: (\S+)/g)].map(([, image]) => image);
    expect(images).toEqual(['appconnectivity:0.1.0']);
  });

  test('runs two replicas, apart if it can be, that know where they are', async () => {
    const spec = await readDeployment();
    expect(spec).toMatchObject({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        spec: {
          affinity: { podAntiAffinity: expect.anything() },
          containers: [
            {
              env: [
                {
                  name: 'POD_NAMESPACE',
                  valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } },
                },
              ],
            },
          ],
        },
      },
    });
    const budgets = ['get', 'poddisruptionbudgets', '--namespace=appconnectivity-system'];
    const { stdout } = await kubectl(...budgets, '--output=jsonpath={.items[*].spec}');
    expect(JSON.parse(stdout)).toMatchObject({ maxUnavailable: 1 });
  });

  test('has probes, limits and a locked-down container', async () => {
    const spec = await readDeployment();
    const [container] = spec.template.spec.containers;
    expect(container).toMatchObject({
      args: ['run', '--config=/etc/appconnectivity/settings.yaml'],
      livenessProbe: { httpGet: { path: '/healthz' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
      resources: { limits: { memory: expect.any(String) } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
  });
});

test('the settings that ship are valid, and are the defaults', async () => {
  const file: unknown = parse(await readFile(`${config}manager/settings.yaml`, 'utf8'));
  const none = { environment: {}, flags: {} };
  expect(readConfig({ ...none, file })).toEqual(readConfig(none));
});

test('the samples are taken by the API server', async () => {
  const { stderr } = await kubectl('apply', '--dry-run=server', '--kustomize', `${config}samples`);
  expect(stderr).toBe('');
});

interface DeploymentSpec {
  readonly template: { readonly spec: { readonly containers: readonly unknown[] } };
}

async function readDeployment(): Promise<DeploymentSpec> {
  const { stdout } = await kubectl('kustomize', `${config}default`);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS());
  return objects.find(({ kind }) => kind === 'Deployment').spec;
}
