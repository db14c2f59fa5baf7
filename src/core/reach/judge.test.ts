import { describe, expect, test } from '@jest/globals';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import { judge, type Verdict } from './judge.ts';
import type { Party, PodParty } from './party.ts';
import { policySet } from './policy-set.ts';

const web: PodParty = { namespace: 'shop', labels: { app: 'web' }, name: 'web-1' };
const api: PodParty = { namespace: 'shop', labels: { app: 'api' }, name: 'api-1' };
const db: PodParty = { namespace: 'data', labels: { app: 'db' }, name: 'db-1' };
const internet: Party = { address: '203.0.113.9' };

const anyPod = { podSelector: {} };
const onlyApi = { podSelector: { matchLabels: { app: 'api' } } };
const onlyWeb = { podSelector: { matchLabels: { app: 'web' } } };

function policy(name: string, spec: PolicySpec, namespace = 'shop'): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  };
}

function ask(policies: readonly NetworkPolicy[], from: Party, to: Party): Verdict {
  return judge(policySet(new Map(), policies), from, to, 80, 'TCP');
}

function allows(specs: readonly PolicySpec[], from: Party, to: Party): boolean {
  return ask(
    specs.map((spec, index) => policy(`p${index}`, spec)),
    from,
    to,
  ).allowed;
}

describe('isolation', () => {
  test('without policies everything may reach everything', () => {
    for (const [from, to] of [
      [web, api],
      [web, db],
      [web, internet],
      [internet, web],
    ] as const) {
      const open = { isolated: false, allowed: true, by: [] };
      expect(ask([], from, to)).toEqual({ allowed: true, egress: open, ingress: open });
    }
  });

  test('a policy without rules denies all ingress of the pods that it selects', () => {
    expect(allows([onlyApi], web, api)).toBe(false);
    expect(allows([onlyApi], internet, api)).toBe(false);
  });

  test('pods that no policy selects stay open', () => {
    expect(allows([onlyApi], api, web)).toBe(true);
    expect(allows([onlyApi], internet, web)).toBe(true);
  });

  test('a policy applies to pods of its own namespace only', () => {
    expect(allows([anyPod], web, db)).toBe(true);
    expect(allows([anyPod], db, web)).toBe(false);
  });

  test('an empty podSelector selects all pods of the namespace', () => {
    expect(allows([anyPod], api, web)).toBe(false);
    expect(allows([anyPod], web, api)).toBe(false);
  });

  test('a policy that leaves its podSelector out selects all pods of the namespace', () => {
    const spec = JSON.parse('{"policyTypes":["Ingress"]}') as PolicySpec;
    expect(allows([spec], web, api)).toBe(false);
  });

  test('podSelector obeys In, NotIn, Exists and DoesNotExist', () => {
    const denied = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) =>
      !allows(
        [
          {
            podSelector: {
              matchExpressions: [{ key: 'app', operator, ...(values && { values }) }],
            },
          },
        ],
        web,
        api,
      );
    expect(denied('In', ['api', 'x'])).toBe(true);
    expect(denied('In', ['x'])).toBe(false);
    expect(denied('NotIn', ['x'])).toBe(true);
    expect(denied('NotIn', ['api'])).toBe(false);
    expect(denied('Exists')).toBe(true);
    expect(denied('DoesNotExist')).toBe(false);
  });

  test('a label that the pod lacks satisfies NotIn and DoesNotExist', () => {
    const tierNot = [{ key: 'tier', operator: 'NotIn', values: ['x'] }] as const;
    const noTier = [{ key: 'tier', operator: 'DoesNotExist' }] as const;
    expect(allows([{ podSelector: { matchExpressions: tierNot } }], web, api)).toBe(false);
    expect(allows([{ podSelector: { matchExpressions: noTier } }], web, api)).toBe(false);
  });

  test('matchLabels and matchExpressions must both hold', () => {
    const podSelector = {
      matchLabels: { app: 'api' },
      matchExpressions: [{ key: 'tier', operator: 'Exists' }],
    } as const;
    expect(allows([{ podSelector }], web, api)).toBe(true);
    expect(allows([{ podSelector }], web, { ...api, labels: { app: 'api', tier: 'x' } })).toBe(
      false,
    );
  });
});

describe('both ends', () => {
  const egressDenied: PolicySpec = { ...onlyWeb, policyTypes: ['Egress'] };

  test('a connection needs the leave of the egress side and of the ingress side', () => {
    const lets: PolicySpec = { ...onlyApi, ingress: [{ from: [onlyWeb] }] };
    const sends: PolicySpec = { ...onlyWeb, policyTypes: ['Egress'], egress: [{ to: [onlyApi] }] };
    expect(allows([lets, sends], web, api)).toBe(true);
    expect(allows([lets, egressDenied], web, api)).toBe(false);
    expect(allows([onlyApi, sends], web, api)).toBe(false);
  });

  test('egress policies do not touch incoming connections', () => {
    expect(allows([egressDenied], api, web)).toBe(true);
    expect(allows([egressDenied], web, api)).toBe(false);
    expect(allows([egressDenied], web, internet)).toBe(false);
  });

  test('policies add up: what one of several allows is allowed', () => {
    expect(allows([anyPod, onlyApi], web, api)).toBe(false);
    expect(
      allows([anyPod, onlyApi, { ...onlyApi, ingress: [{ from: [onlyWeb] }] }], web, api),
    ).toBe(true);
  });

  test('an empty rule allows everything, and so does one with empty lists', () => {
    expect(allows([{ ...anyPod, ingress: [{}] }], internet, api)).toBe(true);
    expect(allows([{ ...anyPod, ingress: [{ from: [], ports: [] }] }], db, api)).toBe(true);
    expect(allows([{ ...anyPod, egress: [{}], ingress: [{}] }], web, internet)).toBe(true);
  });
});

describe('policyTypes', () => {
  test('left out, they mean Ingress', () => {
    expect(allows([anyPod], web, internet)).toBe(true);
    expect(allows([anyPod], internet, web)).toBe(false);
  });

  test('left out of a policy with egress rules, they mean Ingress and Egress', () => {
    const spec: PolicySpec = { ...anyPod, egress: [{ to: [onlyApi] }] };
    expect(allows([spec], internet, web)).toBe(false);
    expect(allows([spec], web, internet)).toBe(false);
  });

  test('left out beside an empty egress list, they mean Ingress alone', () => {
    expect(allows([{ ...anyPod, egress: [] }], web, internet)).toBe(true);
  });

  test('an empty list counts as left out', () => {
    expect(allows([{ ...anyPod, policyTypes: [] }], internet, web)).toBe(false);
    expect(
      allows([{ ...anyPod, policyTypes: [], egress: [{ to: [onlyApi] }] }], web, internet),
    ).toBe(false);
  });

  test('Egress alone leaves ingress open and the ingress rules without effect', () => {
    const spec: PolicySpec = { ...anyPod, policyTypes: ['Egress'], ingress: [{ from: [onlyApi] }] };
    expect(allows([spec], internet, web)).toBe(true);
    expect(allows([spec], web, internet)).toBe(false);
  });

  test('Ingress alone leaves egress open, and the egress rules give no leave in other policies', () => {
    const spec: PolicySpec = { ...onlyWeb, policyTypes: ['Ingress'], egress: [{}] };
    expect(allows([spec], web, internet)).toBe(true);
    expect(allows([spec, { ...onlyWeb, policyTypes: ['Egress'] }], web, internet)).toBe(false);
  });
});

describe('special pods', () => {
  const denyAll: PolicySpec = { ...anyPod, policyTypes: ['Ingress', 'Egress'] };

  test('a pod always reaches itself, but not its replicas', () => {
    expect(allows([denyAll], web, { ...web })).toBe(true);
    expect(allows([denyAll], web, { ...web, name: 'web-2' })).toBe(false);
    expect(allows([denyAll], web, { ...web, namespace: 'other' })).toBe(false);
  });

  test('the pods of a template are different pods', () => {
    const template: PodParty = { namespace: 'shop', labels: { app: 'web' } };
    expect(allows([denyAll], template, template)).toBe(false);
  });

  test('the verdict on a pod itself still tells that it is isolated', () => {
    const pass = { isolated: true, allowed: true, by: [] };
    expect(ask([policy('deny', denyAll)], web, web)).toEqual({
      allowed: true,
      egress: pass,
      ingress: pass,
    });
  });

  test('policies do not select hostNetwork pods', () => {
    expect(allows([denyAll], internet, { ...web, hostNetwork: true })).toBe(true);
    expect(allows([denyAll], { ...web, hostNetwork: true }, internet)).toBe(true);
  });

  test('selectors of peers do not match hostNetwork pods', () => {
    const host = { ...web, hostNetwork: true };
    expect(allows([{ ...onlyApi, ingress: [{ from: [anyPod] }] }], host, api)).toBe(false);
    expect(
      allows([{ ...onlyApi, ingress: [{ from: [{ namespaceSelector: {} }] }] }], host, api),
    ).toBe(false);
    expect(allows([{ ...onlyApi, ingress: [{}] }], host, api)).toBe(true);
  });

  test('an ipBlock matches a hostNetwork pod by the addresses of its node', () => {
    const host = { ...web, hostNetwork: true, addresses: ['192.168.1.4'] };
    const from = [{ ipBlock: { cidr: '192.168.1.0/24' } }];
    expect(allows([{ ...onlyApi, ingress: [{ from }] }], host, api)).toBe(true);
  });
});

describe('what decided', () => {
  const lets: PolicySpec = { ...onlyApi, ingress: [{ from: [onlyApi] }, { from: [onlyWeb] }, {}] };

  test('an allowed direction names every rule that allows it, by policy name', () => {
    const named = [policy('z', lets), policy('deny', anyPod), policy('a', lets)];
    expect(ask(named, web, api).ingress).toEqual({
      isolated: true,
      allowed: true,
      by: [
        { namespace: 'shop', name: 'a', rule: 1 },
        { namespace: 'shop', name: 'a', rule: 2 },
        { namespace: 'shop', name: 'z', rule: 1 },
        { namespace: 'shop', name: 'z', rule: 2 },
      ],
    });
  });

  test('a denied direction names every policy that isolates its end', () => {
    const named = [policy('deny', anyPod), policy('api', onlyApi), policy('web', onlyWeb)];
    expect(ask(named, web, api)).toEqual({
      allowed: false,
      egress: { isolated: false, allowed: true, by: [] },
      ingress: {
        isolated: true,
        allowed: false,
        by: [
          { namespace: 'shop', name: 'api' },
          { namespace: 'shop', name: 'deny' },
        ],
      },
    });
  });
});
