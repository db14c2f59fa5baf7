import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { acceptsFrom, confirm, defaultDeny } from '../../src/core/intent/keys.ts';
import { Cluster, MINUTE } from './support/cluster.ts';
import { conditionOf } from './support/conditions.ts';
import { denied, labelled, whenDenied, whenPoliciesFor, whenSaid } from './support/denies.ts';
import { eventsAbout } from './support/events.ts';
import {
  appConnectivity,
  kubeDns,
  type Manifest,
  namespace,
  pod,
  workload,
} from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { eventually } from './support/wait.ts';

jest.setTimeout(2 * MINUTE);

/** Pauses of 30 s take 3 s. */
const speed = 10;

let cluster: Cluster;
let operator: TestOperator | undefined;

beforeAll(async () => {
  cluster = await Cluster.start({ audit: true });
  await cluster.install();
});

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(() => cluster?.stop());

type Rules = readonly Record<string, unknown>[];

async function start(rules: Rules = [], exclude: readonly string[] = []) {
  operator = await TestOperator.start(cluster, speed, { defaultDeny: { rules, exclude } });
  await operator.whenReady();
  return operator;
}

/** Makes pods once the namespace has the account that every pod needs. */
async function applyPods(...pods: readonly Manifest[]): Promise<void> {
  await eventually(() => cluster.apply(...pods));
}

describe('a rule of the configuration', () => {
  const rule = { selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['x'] }] } };

  test('covers a namespace while its labels match, and no longer', async () => {
    await start([rule]);
    await cluster.apply(labelled('moving', { tier: 'y' }));
    await operator?.quiet();
    expect(await denied(cluster, 'moving')).toEqual([]);
    await cluster.apply(labelled('moving', { tier: 'x' }));
    await whenDenied(cluster, 'moving', 'Ingress', 'Egress');
    await cluster.apply(labelled('moving', { tier: 'y' }));
    await whenDenied(cluster, 'moving');
  });

  test('holds again when the label that replaced it is removed', async () => {
    await start([{ ...rule, directions: 'egress' }]);
    await cluster.apply(labelled('opened', { tier: 'x', [defaultDeny]: 'false' }));
    await operator?.quiet();
    expect(await denied(cluster, 'opened')).toEqual([]);
    await cluster.apply(labelled('opened', { tier: 'x' }));
    await whenDenied(cluster, 'opened', 'Egress');
  });

  test('adds up with others: floors with floors, and a default is no less for a floor', async () => {
    await start([
      { ...rule, directions: 'ingress', strength: 'floor' },
      { selector: { matchLabels: { zone: 'a' } }, directions: 'egress', strength: 'floor' },
      { selector: { matchLabels: { zone: 'b' } }, directions: 'egress' },
    ]);
    await cluster.apply(
      labelled('floors', { tier: 'x', zone: 'a', [defaultDeny]: 'false' }),
      labelled('mixed', { tier: 'x', zone: 'b' }),
    );
    await whenDenied(cluster, 'floors', 'Ingress', 'Egress');
    await whenDenied(cluster, 'mixed', 'Ingress', 'Egress');
    await cluster.apply(labelled('mixed', { tier: 'x', zone: 'b', [defaultDeny]: 'false' }));
    await whenDenied(cluster, 'mixed', 'Ingress');
  });

  test('leaves out a namespace that is excluded, but not what its own label says', async () => {
    await cluster.apply(labelled('spared', { tier: 'x', [defaultDeny]: 'ingress' }));
    await start([{ ...rule, strength: 'floor' }], ['spared']);
    await whenDenied(cluster, 'spared', 'Ingress');
    await cluster.apply(labelled('spared', { tier: 'x' }));
    await whenDenied(cluster, 'spared');
  });
});

describe('a label that has no valid value, before there is a default-deny to remember', () => {
  test('is as if it were not there, and an Event says which values there are', async () => {
    await start([{ selector: { matchLabels: { tier: 'z' } }, directions: 'egress' }]);
    await cluster.apply(
      labelled('typo-plain', { [defaultDeny]: 'yes' }),
      labelled('typo-rule', { tier: 'z', [defaultDeny]: 'False' }),
      workload('typo-plain/silent'),
    );
    await whenDenied(cluster, 'typo-rule', 'Egress');
    await whenSaid(cluster, { kind: 'Namespace', name: 'typo-plain' }, '"yes"');
    for (const value of ['true', 'false', 'ingress', 'egress']) {
      await whenSaid(cluster, { kind: 'Namespace', name: 'typo-plain' }, value);
      await whenSaid(cluster, { kind: 'Namespace', name: 'typo-rule' }, value);
    }
    await operator?.quiet();
    expect(await cluster.policies('typo-plain')).toEqual([]);
  });
});

describe('a namespace that is deleted and made anew', () => {
  test('has what its new objects say; what was accepted in the old one stands in for nothing', async () => {
    await start();
    const old = [workload('again/web', { acceptsFrom: 'api' }), workload('again/api')];
    await cluster.apply(namespace('again', 'true'), ...old);
    await whenPoliciesFor(cluster, 'again', 'Namespace/again', 'Deployment/web', 'Deployment/api');
    await cluster.remove(namespace('again'));
    await eventually(async () => expect(await cluster.get(namespace('again'))).toBeUndefined(), 60);
    await cluster.apply(
      namespace('again', 'ingress'),
      workload('again/web', { acceptsFrom: 'not valid' }),
      workload('again/job', { acceptsFrom: 'web' }),
    );
    const policies = await whenPoliciesFor(
      cluster,
      'again',
      ...['Namespace/again', 'Deployment/web', 'Deployment/job'],
    );
    expect(policies.get('Namespace/again')?.spec.policyTypes).toEqual(['Ingress']);
    const web = policies.get('Deployment/web');
    const self = { podSelector: { matchLabels: { app: 'web' } } };
    expect(web?.spec.ingress).toEqual([{ from: [self] }]);
    await eventually(async () => {
      const about = { kind: 'Deployment', namespace: 'again', name: 'web' };
      const said = await eventsAbout(cluster, about);
      expect(said).toContainEqual(expect.stringContaining(acceptsFrom));
    });
  });
});

describe('pods that no declaration speaks for', () => {
  const stray = pod('strays/stray', { app: 'stray' });

  test('are named in an Event before the default-deny cuts them, and on it; others are not', async () => {
    await start();
    const byHand = appConnectivity('strays/by-hand', {
      selector: { matchLabels: { app: 'by-hand' } },
      acceptsFrom: [{ nobody: true }],
    });
    await cluster.apply(namespace('strays'), workload('strays/known'), byHand);
    await applyPods(
      ...[stray, pod('strays/another', { app: 'another' })],
      ...[pod('strays/known', { app: 'known' }), pod('strays/by-hand', { app: 'by-hand' })],
      ...[pod('strays/host', { app: 'host' }, { hostNetwork: true }), pod('strays/over', {})],
    );
    const over = ['patch', 'pod', '-n', 'strays', 'over', '--subresource=status', '--type=merge'];
    await cluster.kubectl([...over, '-p', '{"status":{"phase":"Succeeded"}}']);
    await operator?.quiet();
    const mark = await cluster.auditMark();
    await cluster.apply(namespace('strays', 'ingress'));
    await whenSaid(
      cluster,
      { kind: 'Namespace', name: 'strays' },
      'default-deny cuts 2 pods of no known workload: another, stray;',
    );
    const deny = (
      await whenPoliciesFor(
        cluster,
        'strays',
        'Namespace/strays',
        'Deployment/known',
        'AppConnectivity/by-hand',
      )
    ).get('Namespace/strays');
    expect(deny?.metadata.annotations?.['appconnectivity.dev/unmanaged']).toBe('another, stray');
    expect(deny?.spec.policyTypes).toEqual(['Ingress']);
    await eventually(async () => {
      const writes = await cluster.writesSince(mark);
      const said = writes.findIndex((write) => write.startsWith('create events default/strays.'));
      const written = writes.indexOf('patch networkpolicies strays/appconn-default-deny');
      expect(said).toBeGreaterThanOrEqual(0);
      expect(written).toBeGreaterThan(said);
    });
  });

  test('are named once: neither a restart nor another direction says or writes it again', async () => {
    await start();
    await operator?.quiet();
    const named = async () => {
      const said = await eventsAbout(cluster, { kind: 'Namespace', name: 'strays' });
      return said.filter((each) => each.startsWith('Unmanaged'));
    };
    expect(await named()).toHaveLength(1);
    const mark = await cluster.auditMark();
    await operator?.stop();
    await start();
    await operator?.quiet();
    const writes = await cluster.writesSince(mark);
    expect(writes.filter((write) => write.includes('strays'))).toEqual([]);
    await applyPods(pod('strays/late', { app: 'late' }));
    await cluster.apply(namespace('strays', 'egress'));
    await whenDenied(cluster, 'strays', 'Egress');
    await operator?.quiet();
    expect(await named()).toHaveLength(1);
  });
});

describe('a default-deny that would cut everyone from the cluster’s DNS', () => {
  const dnsLabels = { 'k8s-app': 'kube-dns' };
  const coredns = (parts: { acceptsFrom?: string; annotations?: Record<string, string> } = {}) =>
    workload('kube-system/coredns', { labels: dnsLabels, ...parts });
  const kubeSystem = (deny: boolean, annotations: Readonly<Record<string, string>> = {}) => ({
    ...namespace('kube-system'),
    metadata: {
      name: 'kube-system',
      annotations,
      labels: deny ? { [defaultDeny]: 'ingress' } : {},
    },
  });
  const confirmed = { [confirm]: 'would-break-party' };
  const system = { kind: 'Namespace', name: 'kube-system' };
  const both = ['Namespace/kube-system', 'Deployment/coredns'];

  beforeAll(() => cluster.apply(kubeDns));

  afterEach(async () => {
    await cluster.apply(kubeSystem(false), coredns());
    await whenPoliciesFor(cluster, 'kube-system');
  });

  test('waits until the namespace confirms it, and an Event says for what; others do not wait', async () => {
    await start();
    await cluster.apply(coredns(), kubeSystem(true));
    await whenSaid(
      cluster,
      system,
      'WouldBreakParty: not written: it would cut everyone from the cluster DNS (53/udp); accept @cluster there, or annotate Deployment coredns or Namespace kube-system with appconnectivity.dev/confirm: would-break-party',
    );
    await cluster.apply(namespace('beside', 'true'));
    await whenDenied(cluster, 'beside', 'Ingress', 'Egress');
    await operator?.quiet();
    expect(await cluster.policies('kube-system')).toEqual([]);
    await cluster.apply(kubeSystem(true, confirmed));
    await whenPoliciesFor(cluster, 'kube-system', ...both);
    await whenDenied(cluster, 'kube-system', 'Ingress');
  });

  test('waits no more when the DNS accepts the cluster', async () => {
    await start();
    await cluster.apply(coredns(), kubeSystem(true));
    await operator?.quiet();
    expect(await cluster.policies('kube-system')).toEqual([]);
    await cluster.apply(coredns({ acceptsFrom: '@cluster:53/udp, @cluster:53/tcp' }));
    await whenPoliciesFor(cluster, 'kube-system', ...both);
  });

  test('waits as well where the DNS itself says so: a resource says that it is not written, and why', async () => {
    const closed = appConnectivity('kube-system/dns', {
      workload: { kind: 'Deployment', name: 'coredns' },
      acceptsFrom: [{ nobody: true }],
    });
    await start();
    await cluster.apply(coredns(), closed);
    await eventually(async () => {
      const stopped = { reason: 'WouldBreakParty', message: expect.stringContaining('53/udp') };
      expect(await conditionOf(cluster, closed, 'Programmed')).toMatchObject({
        status: 'False',
        ...stopped,
      });
      expect(await conditionOf(cluster, closed, 'Stalled')).toMatchObject({
        status: 'True',
        ...stopped,
      });
    });
    expect(await cluster.policies('kube-system')).toEqual([]);
    await cluster.apply(coredns({ annotations: confirmed }));
    await whenPoliciesFor(cluster, 'kube-system', 'Deployment/coredns');
    await cluster.remove(closed);
  });
});
