import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cluster, MINUTE } from './support/cluster.ts';
import { conditionOf } from './support/conditions.ts';
import { denied, whenDenied, whenPoliciesFor, whenSaid } from './support/denies.ts';
import { eventsAbout } from './support/events.ts';
import { appConnectivity, foreignPolicy, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { byIdentity, type LivePolicy } from './support/policies.ts';
import { whenLiveIsRendered } from './support/render.ts';
import { Replica } from './support/replica.ts';
import { allow, forbid } from './support/rights.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let stopOperator: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true, controllerManager: false });
  await cluster.install();
});

afterEach(async () => {
  await stopOperator?.();
  stopOperator = undefined;
});

afterAll(() => cluster?.stop());

async function start(speed = 1, settings: object = {}): Promise<TestOperator> {
  const operator = await TestOperator.start(cluster, speed, settings);
  stopOperator = () => operator.stop();
  await operator.whenReady();
  return operator;
}

/** The operator as a process, with these variables and flags. */
async function startProcess(
  variables: Readonly<Record<string, string>>,
  ...flags: readonly string[]
): Promise<Replica> {
  const replica = await Replica.startIn(variables, cluster, ...flags);
  stopOperator = () => {
    replica.child.kill('SIGTERM');
    return replica.ended;
  };
  await replica.whenReady();
  return replica;
}

async function policyOf(place: string, identity: string): Promise<LivePolicy | undefined> {
  return byIdentity(await cluster.policies(place)).get(identity);
}

/** The addresses outside that a policy lets its pods talk to. */
function addressesOf(policy: LivePolicy | undefined): string[] {
  const peers = policy?.spec.egress?.flatMap(({ to }) => to ?? []) ?? [];
  return peers.flatMap(({ ipBlock }) => ipBlock?.cidr ?? []).sort();
}

describe('the first word of a workload that had said nothing', () => {
  test.each([
    ['default-deny', 'true'],
    ['open', undefined],
  ])('says in an Event whose access it ends, in a namespace that is %s', async (what, deny) => {
    const place = `silent-${what}`;
    const operator = await start();
    const others = [
      workload(`${place}/web`, { talksTo: 'api' }),
      workload(`${place}/job`, { talksTo: 'api' }),
      workload(`${place}/batch`, { talksTo: 'api' }),
    ];
    await cluster.apply(namespace(place, deny), workload(`${place}/api`), ...others);
    await eventually(async () => {
      expect(await policyOf(place, 'Deployment/batch')).toBeDefined();
      if (deny !== undefined) expect(await policyOf(place, `Namespace/${place}`)).toBeDefined();
    });
    await operator.quiet();
    await cluster.apply(workload(`${place}/api`, { acceptsFrom: 'batch' }));
    const api = { kind: 'Deployment', namespace: place, name: 'api' };
    const note =
      'EndsAccess: this ends access for job, web: they name it, and its accepts-from does not list them; add them there if they are to keep it';
    await whenSaid(cluster, api, note);
    await operator.quiet();
    expect(await eventsAbout(cluster, api)).toEqual([note]);
  });

  test('says so of whom it talks to as well', async () => {
    const operator = await start();
    const places = [namespace('told'), namespace('told', 'egress')];
    await cluster.apply(
      ...places,
      workload('told/web'),
      workload('told/api', { acceptsFrom: 'web' }),
    );
    await whenPoliciesFor(cluster, 'told', 'Namespace/told', 'Deployment/web', 'Deployment/api');
    await operator.quiet();
    await cluster.apply(workload('told/web', { talksTo: '203.0.113.7' }));
    await whenSaid(
      cluster,
      { kind: 'Deployment', namespace: 'told', name: 'web' },
      'EndsAccess: this ends access for api: they name it, and its talks-to does not list them',
    );
  });

  test('says nothing of the kind where it lists everyone who names it', async () => {
    const operator = await start();
    await cluster.apply(
      namespace('listed', 'true'),
      workload('listed/api'),
      workload('listed/web', { talksTo: 'api' }),
    );
    const all = ['Namespace/listed', 'Deployment/api', 'Deployment/web'];
    await whenPoliciesFor(cluster, 'listed', ...all);
    await operator.quiet();
    await cluster.apply(workload('listed/api', { acceptsFrom: 'web, batch' }));
    await operator.quiet();
    const api = { kind: 'Deployment', namespace: 'listed', name: 'api' };
    expect(await eventsAbout(cluster, api)).toEqual([]);
  });
});

describe('an operator that is paused', () => {
  test.each([
    ['a flag', {}, ['--paused']],
    ['a variable', { APPCONN_PAUSED: 'true' }, []],
  ])(
    'by %s writes no policy, says so in all places, and makes up for it when it is no more',
    async (by, variables, flags) => {
      const place = `paused-by-${by.split(' ').at(-1)}`;
      const resource = appConnectivity(`${place}/edges`, {
        workload: { kind: 'Deployment', name: 'new' },
        acceptsFrom: [{ workload: { kind: 'Deployment', name: 'web' } }],
      });
      await start();
      await cluster.apply(
        namespace(place),
        workload(`${place}/web`, { talksTo: '203.0.113.7' }),
        workload(`${place}/past`, { acceptsFrom: 'none' }),
      );
      await whenPoliciesFor(cluster, place, 'Deployment/web', 'Deployment/past');
      await stopOperator?.();
      const before = await cluster.policies();
      const mark = await cluster.auditMark();
      const paused = await startProcess(variables, ...flags);
      await cluster.apply(
        namespace(place, 'true'),
        workload(`${place}/web`, { talksTo: '203.0.113.8' }),
        workload(`${place}/past`),
        workload(`${place}/new`),
        resource,
      );
      const reason = {
        reason: 'Paused',
        message: expect.stringContaining('the operator is paused'),
      };
      await eventually(async () => {
        const programmed = await conditionOf(cluster, resource, 'Programmed');
        expect(programmed).toMatchObject({ status: 'False', ...reason });
        const stalled = await conditionOf(cluster, resource, 'Stalled');
        expect(stalled).toMatchObject({ status: 'True', ...reason });
        // The namespace, and its three workloads.
        expect(await paused.metric('appconnectivity_findings{code="Paused"}')).toBe(4);
      });
      expect(paused.said('paused').map(({ level }) => level)).toEqual([warn]);
      const own = { kind: 'Namespace', name: 'appconnectivity-system' };
      await whenSaid(cluster, own, 'OperatorPaused: the operator is paused');
      expect(await cluster.policies()).toEqual(before);
      const writes = await cluster.writesSince(mark);
      expect(writes.filter((write) => write.includes(' networkpolicies '))).toEqual([]);
      await stopOperator?.();
      await startProcess(variables, '--paused', 'false');
      const all = ['Deployment/web', 'Deployment/past', 'Deployment/new', `Namespace/${place}`];
      await whenPoliciesFor(cluster, place, ...all);
      expect(addressesOf(await policyOf(place, 'Deployment/web'))).toEqual(['203.0.113.8/32']);
      await eventually(async () => {
        const programmed = await conditionOf(cluster, resource, 'Programmed');
        expect(programmed?.status).toBe('True');
      });
    },
  );
});

describe('an operator that its settings pause', () => {
  test('neither repairs a policy nor takes one away, until it is paused no more', async () => {
    await start();
    const gone = workload('drifting/gone', { acceptsFrom: 'none' });
    await cluster.apply(namespace('drifting', 'true'), workload('drifting/web'), gone);
    const all = ['Namespace/drifting', 'Deployment/web'];
    const policies = await whenPoliciesFor(cluster, 'drifting', ...all, 'Deployment/gone');
    const specOf = async () => (await policyOf('drifting', 'Deployment/web'))?.spec;
    const right = await specOf();
    await stopOperator?.();
    // Pods of a workload that is gone are asked for after 2 s: here after 100 ms.
    const paused = await start(20, { paused: true });
    const mark = await cluster.auditMark();
    const liveOf = (identity: string) =>
      foreignPolicy(`drifting/${policies.get(identity)?.metadata.name}`, {});
    await cluster.patch(liveOf('Deployment/web'), { spec: { ingress: [{}] } });
    await cluster.remove(liveOf('Namespace/drifting'));
    await cluster.remove(gone);
    await eventually(async () => {
      expect(await paused.metric('appconnectivity_findings', 'code="Paused"')).toBe(3);
    });
    await paused.quiet();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes(' networkpolicies '))).toEqual([]);
    await stopOperator?.();
    await start(20);
    await whenPoliciesFor(cluster, 'drifting', ...all);
    expect(await specOf()).toEqual(right);
  });
});

/** As pino writes it. */
const warn = 40;

describe('while a kind may not be read any more', () => {
  /** A relist that is refused is tried again every 30 s: here every 3 s. */
  const speed = 10;

  test.each(['services', 'appconnectivities'])(
    'nothing is lost and what is added is written; all of it is made up for later: %s',
    async (kind) => {
      const place = `blind-${kind}`;
      const later = `later-${kind}`;
      const resource = appConnectivity(`${place}/web`, {
        workload: { kind: 'Deployment', name: 'web' },
        acceptsFrom: [{ nobody: true }],
      });
      const operator = await start(speed);
      await cluster.apply(
        ...[namespace(place), namespace(later), service(`${place}/api`, 80)],
        workload(`${place}/web`, { talksTo: 'api:80, 203.0.113.7' }),
        ...[workload(`${place}/past`, { acceptsFrom: 'none' }), workload(`${place}/api`)],
        ...[workload(`${place}/gone`, { acceptsFrom: 'none' }), resource],
      );
      const before = ['Deployment/gone', 'Deployment/past', 'Deployment/web'];
      await whenPoliciesFor(cluster, place, ...before);
      await operator.quiet();
      await forbid(cluster, kind);
      await cluster.plane.stopApiServer();
      await cluster.plane.startApiServer();
      await eventually(async () => {
        const { status, text } = await operator.ask('/readyz');
        expect(status).toBe(503);
        expect(text).toMatch(new RegExp(`^not known whole: ${kind} \\(.*forbidden.*\\)\\n$`, 'i'));
      }, 30);
      const refused = operator.logs.filter(
        ({ resource: of, level }) => of === kind && level === 'warn',
      );
      expect(JSON.stringify(refused)).toMatch(/forbidden/i);

      await cluster.apply(
        workload(`${place}/web`, { talksTo: '203.0.113.8' }),
        workload(`${place}/past`),
        workload(`${place}/new`, { acceptsFrom: 'none' }),
        namespace(later, 'true'),
      );
      await cluster.remove(workload(`${place}/gone`));
      await eventually(async () => {
        const web = await policyOf(place, 'Deployment/web');
        expect(addressesOf(web)).toEqual(
          expect.arrayContaining(['203.0.113.7/32', '203.0.113.8/32']),
        );
        expect(await conditionOf(cluster, resource, 'Programmed')).toMatchObject({
          ...{ status: 'False', reason: 'NotKnownWhole' },
          message: expect.stringContaining(
            `nothing is deleted or narrowed while not all is known: ${kind} (`,
          ),
        });
        expect(await conditionOf(cluster, resource, 'Reconciling')).toMatchObject({
          status: 'True',
        });
      });
      await whenPoliciesFor(cluster, place, ...before, 'Deployment/new');
      await operator.quiet();
      await whenPoliciesFor(cluster, place, ...before, 'Deployment/new');
      expect(await denied(cluster, later)).toEqual([]);

      await allow(cluster, kind);
      await operator.whenReady();
      await whenPoliciesFor(cluster, place, 'Deployment/web', 'Deployment/new');
      await whenDenied(cluster, later, 'Ingress', 'Egress');
      await eventually(async () => {
        const web = await policyOf(place, 'Deployment/web');
        expect(addressesOf(web)).toEqual(expect.not.arrayContaining(['203.0.113.7/32']));
        expect(await conditionOf(cluster, resource, 'Programmed')).toMatchObject({
          status: 'True',
        });
      });
      await whenLiveIsRendered(cluster);
    },
  );
});
