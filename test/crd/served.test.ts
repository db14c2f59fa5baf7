import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ControlPlane, startControlPlane } from '../../hack/control-plane/control-plane.ts';
import { type Outcome, run } from '../../hack/control-plane/run.ts';
import { type Status, statusBounds } from '../../src/core/status/schema.ts';
import { cart, talksTo, workload } from './resources.ts';
import { installDefinition, judgeByServer } from './server.ts';

const MINUTE = 60_000;
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false });
  await installDefinition(plane);
}, MINUTE);

afterAll(() => plane?.stop(), MINUTE);

function kubectl(args: readonly string[], input?: unknown): Promise<Outcome> {
  return run(plane.kubectl, args, {
    env: { ...process.env, ...plane.environment },
    ...(input !== undefined && { input: JSON.stringify(input) }),
  });
}

function describeResource(name: string, parts: object) {
  const metadata = { name, namespace: 'default' };
  return {
    apiVersion: 'appconnectivity.dev/v1alpha1',
    kind: 'AppConnectivity',
    metadata,
    ...parts,
  };
}

function applyStatus(name: string, status: unknown, manager = 'appconnectivity') {
  const how = ['--server-side', '--subresource=status', `--field-manager=${manager}`];
  return kubectl(['apply', ...how, '--filename=-'], describeResource(name, { status }));
}

function condition(type: string, more: object = {}): NonNullable<Status['conditions']>[number] {
  const lastTransitionTime = '2026-01-02T03:04:05Z';
  const said = { reason: 'Programmed', message: 'all policies are live' };
  return { type, status: 'True', observedGeneration: 1, lastTransitionTime, ...said, ...more };
}

describe('kubectl get appconn', () => {
  test('shows the workload, whether it is ready, a summary and the reason', async () => {
    const created = await kubectl(
      ['create', '--filename=-'],
      describeResource('shown', { spec: talksTo(cart) }),
    );
    expect(created.stderr).toBe('');
    const status = { summary: '5/6', conditions: [condition('Ready', { status: 'False' })] };
    expect((await applyStatus('shown', status)).stderr).toBe('');
    const { stdout } = await kubectl(['get', 'appconn', 'shown']);
    const [heading = '', row = ''] = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    expect(heading.trim()).toBe('NAME WORKLOAD READY SUMMARY REASON AGE');
    expect(row).toMatch(/^shown checkout False 5\/6 Programmed \d+s/);
  });

  test('shows the selector where there is one, when asked for more', async () => {
    const spec = { selector: { matchLabels: { app: 'api' } }, acceptsFrom: [{ nobody: true }] };
    await kubectl(['create', '--filename=-'], describeResource('selecting', { spec }));
    const { stdout } = await kubectl(['get', 'appconn', 'selecting', '--output=wide']);
    expect(stdout).toContain('{"app":"api"}');
  });
});

describe('the status', () => {
  test('may be as big as its bounds, and no bigger', async () => {
    await kubectl(['create', '--filename=-'], describeResource('big', { spec: talksTo(cart) }));
    const text = 'x'.repeat(statusBounds.text);
    const edge = {
      direction: 'Egress',
      peer: text,
      ports: Array.from({ length: statusBounds.ports }, (_, index) => `${index}`),
      source: text,
      state: 'Pending',
      reason: 'TargetNotFound',
      message: 'y'.repeat(statusBounds.message),
      policy: 'appconn-checkout-abcdefgh',
    };
    const edges = Array.from({ length: statusBounds.edges }, () => edge);
    const whole = { observedGeneration: 1, isolation: { ingress: true, egress: false }, edges };
    expect((await applyStatus('big', whole)).stderr).toBe('');
    const tooBig = await applyStatus('big', { edges: [...edges, edge] });
    expect(tooBig.stderr).toContain('status.edges: Too many: 257: must have at most 256 items');
  });

  test('has conditions by type: each manager owns its own', async () => {
    await kubectl(['create', '--filename=-'], describeResource('two', { spec: talksTo(cart) }));
    await applyStatus('two', { conditions: [condition('Ready')] });
    await applyStatus('two', { conditions: [condition('Audited')] }, 'somebody-else');
    const { stdout } = await kubectl([
      ...['get', 'appconn', 'two'],
      '--output=jsonpath={.status.conditions[*].type}',
    ]);
    expect(stdout.split(' ').sort()).toEqual(['Audited', 'Ready']);
  });

  test('cannot be written through the resource itself', async () => {
    const parts = { spec: talksTo(cart), status: { summary: '9/9' } };
    await kubectl(['create', '--filename=-'], describeResource('sly', parts));
    const { stdout } = await kubectl(['get', 'appconn', 'sly', '--output=jsonpath={.status}']);
    expect(stdout).toBe('');
  });
});

describe('what a template that renders nothing leaves behind', () => {
  const empty = { workload, talksTo: [cart], acceptsFrom: null };
  test.each([['create'], ['apply', '--server-side']])(
    'is refused by kubectl %s %s',
    async (...verb) => {
      const args = [...verb, '--filename=-'];
      const { stderr } = await kubectl(args, describeResource('empty', { spec: empty }));
      expect(stderr).toContain(
        'talksTo or acceptsFrom is null, as a template that renders nothing',
      );
    },
  );

  test('is dropped by kubectl itself in client-side apply: only render sees it', async () => {
    const { stderr } = await kubectl(
      ['apply', '--filename=-'],
      describeResource('emptied', { spec: empty }),
    );
    expect(stderr).toBe('');
    const { stdout } = await kubectl(['get', 'appconn', 'emptied', '--output=jsonpath={.spec}']);
    expect(Object.keys(JSON.parse(stdout)).sort()).toEqual(['talksTo', 'workload']);
  });
});

describe('an unknown field', () => {
  const spec = { ...talksTo(cart), acceptFrom: [cart] };

  test('is refused where the client asks for it, as kubectl does', async () => {
    const { stderr } = await kubectl(['create', '--filename=-'], describeResource('odd', { spec }));
    expect(stderr).toContain('strict decoding error: unknown field "spec.acceptFrom"');
  });

  test('is pruned without a word for other clients, unless nothing else is declared', async () => {
    expect(await judgeByServer(plane, spec, 'Ignore')).toBeUndefined();
    const nothing = await judgeByServer(plane, { workload, acceptFrom: [cart] }, 'Ignore');
    expect(nothing).toContain('it declares nothing');
  });
});

test('a resource may have a name of 253 characters', async () => {
  const name = 'n'.repeat(253);
  const resource = describeResource(name, { spec: talksTo(cart) });
  expect((await kubectl(['create', '--filename=-'], resource)).stderr).toBe('');
});
