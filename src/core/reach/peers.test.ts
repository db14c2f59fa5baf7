import { describe, expect, test } from '@jest/globals';
import type { Labels } from '../model/labels.ts';
import type { EgressRule, NetworkPolicy, PolicyPeer } from '../model/policy.ts';
import { judge } from './judge.ts';
import type { Party, PodParty } from './party.ts';
import { policySet } from './policy-set.ts';

const namespaces = new Map<string, Labels>([
  ['shop', { team: 'shop' }],
  ['monitoring', { team: 'ops' }],
  ['liar', { 'kubernetes.io/metadata.name': 'monitoring' }],
]);
const web: PodParty = { namespace: 'shop', labels: { app: 'web' } };
const api: PodParty = { namespace: 'shop', labels: { app: 'api' } };
const scraper: PodParty = { namespace: 'monitoring', labels: { app: 'scraper' } };
const stranger: PodParty = { namespace: 'unknown', labels: { app: 'web' } };

const opsNamespaces = { matchLabels: { team: 'ops' } };
const webPods = { matchLabels: { app: 'web' } };

function source(
  namespace: string,
  rules: { ingress?: EgressRule['to']; egress?: EgressRule['to'] },
) {
  const { ingress, egress } = rules;
  const policy: NetworkPolicy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: 'only' },
    spec: {
      podSelector: {},
      policyTypes: [ingress === undefined ? 'Egress' : 'Ingress'],
      ...(ingress && { ingress: [{ from: ingress }] }),
      ...(egress && { egress: [{ to: egress }] }),
    },
  };
  return policySet(namespaces, [policy]);
}

/** Whether a policy on `api` with this one peer lets `from` in. */
function admits(peer: PolicyPeer, from: Party): boolean {
  return judge(source('shop', { ingress: [peer] }), from, api, 80, 'TCP').allowed;
}

/** Whether a policy on `web` with this one peer lets it out to `to`. */
function lets(peer: PolicyPeer, to: Party): boolean {
  return judge(source('shop', { egress: [peer] }), web, to, 80, 'TCP').allowed;
}

describe('selectors', () => {
  test("podSelector alone means pods of the policy's own namespace", () => {
    expect(admits({ podSelector: webPods }, web)).toBe(true);
    expect(admits({ podSelector: webPods }, stranger)).toBe(false);
    expect(admits({ podSelector: {} }, web)).toBe(true);
    expect(admits({ podSelector: {} }, scraper)).toBe(false);
  });

  test('namespaceSelector alone means all pods of the namespaces', () => {
    expect(admits({ namespaceSelector: opsNamespaces }, scraper)).toBe(true);
    expect(admits({ namespaceSelector: opsNamespaces }, web)).toBe(false);
  });

  test('an empty namespaceSelector means all pods of all namespaces, the own one too', () => {
    for (const pod of [web, scraper, stranger])
      expect(admits({ namespaceSelector: {} }, pod)).toBe(true);
  });

  test('both selectors in one peer must hold, in two peers one is enough', () => {
    const both: PolicyPeer = { namespaceSelector: opsNamespaces, podSelector: webPods };
    expect(admits(both, scraper)).toBe(false);
    expect(admits(both, web)).toBe(false);
    expect(admits(both, { ...scraper, labels: { app: 'web' } })).toBe(true);
    const two = source('shop', {
      ingress: [{ namespaceSelector: opsNamespaces }, { podSelector: webPods }],
    });
    expect(judge(two, scraper, api, 80, 'TCP').allowed).toBe(true);
    expect(judge(two, web, api, 80, 'TCP').allowed).toBe(true);
    expect(judge(two, stranger, api, 80, 'TCP').allowed).toBe(false);
  });

  test('they work the same for destinations', () => {
    expect(lets({ podSelector: { matchLabels: { app: 'api' } } }, api)).toBe(true);
    expect(lets({ podSelector: {} }, scraper)).toBe(false);
    expect(lets({ namespaceSelector: opsNamespaces }, scraper)).toBe(true);
  });

  test('no selector, not even an empty one, means an address outside', () => {
    expect(admits({ namespaceSelector: {}, podSelector: {} }, { address: '10.0.0.1' })).toBe(false);
    expect(lets({ namespaceSelector: {} }, { address: '10.0.0.1' })).toBe(false);
  });
});

describe('namespaces', () => {
  const named = (name: string): PolicyPeer => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });

  test('every namespace carries its name as a label, whatever the file says', () => {
    expect(admits(named('monitoring'), scraper)).toBe(true);
    expect(admits(named('monitoring'), { namespace: 'liar', labels: {} })).toBe(false);
    expect(admits(named('liar'), { namespace: 'liar', labels: {} })).toBe(true);
  });

  test('a namespace that nobody described has the label of its name and no other', () => {
    expect(admits(named('unknown'), stranger)).toBe(true);
    const noTeam = { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } as const;
    expect(admits({ namespaceSelector: noTeam }, stranger)).toBe(true);
    expect(admits({ namespaceSelector: opsNamespaces }, stranger)).toBe(false);
  });

  test('a source may offer more policies than those that select the pod', () => {
    const { namespaceLabels, policiesIn } = source('monitoring', {
      ingress: [{ ipBlock: { cidr: '192.0.2.0/24' } }],
    });
    const all = { namespaceLabels, policiesIn: () => policiesIn('monitoring', {}) };
    expect(judge(all, web, api, 80, 'TCP').allowed).toBe(true);
  });
});

describe('ipBlock', () => {
  const block = (cidr: string, ...except: string[]): PolicyPeer => ({ ipBlock: { cidr, except } });
  const at = (address: string): Party => ({ address });

  test('means outside addresses at either end', () => {
    expect(admits(block('10.0.0.0/8'), at('10.255.0.1'))).toBe(true);
    expect(admits(block('10.0.0.0/8'), at('11.0.0.1'))).toBe(false);
    expect(lets(block('2001:db8::/32'), at('2001:db8:ffff::1'))).toBe(true);
    expect(lets(block('2001:db8::/32'), at('2001:db9::1'))).toBe(false);
  });

  test('leaves out what except names', () => {
    const peer = block('172.17.0.0/16', '172.17.1.0/24', '172.17.2.0/24');
    expect(admits(peer, at('172.17.0.255'))).toBe(true);
    expect(admits(peer, at('172.17.1.0'))).toBe(false);
    expect(admits(peer, at('172.17.2.255'))).toBe(false);
    expect(admits(peer, at('172.17.3.0'))).toBe(true);
  });

  test('an exception counts within its own peer only', () => {
    const both = source('shop', {
      ingress: [block('10.0.0.0/8', '10.1.0.0/16'), block('10.1.2.0/24')],
    });
    expect(judge(both, at('10.1.2.3'), api, 80, 'TCP').allowed).toBe(true);
    expect(judge(both, at('10.1.3.3'), api, 80, 'TCP').allowed).toBe(false);
  });

  test('matches a pod by any of its addresses', () => {
    const pod = { ...web, addresses: ['10.1.2.3', 'fd00::3'] };
    expect(admits(block('10.1.0.0/16'), pod)).toBe(true);
    expect(admits(block('fd00::/8'), pod)).toBe(true);
    expect(admits(block('10.2.0.0/16'), pod)).toBe(false);
  });

  test('matches no pod whose addresses are unknown', () => {
    expect(admits(block('0.0.0.0/0'), web)).toBe(false);
    expect(lets(block('0.0.0.0/0'), api)).toBe(false);
  });

  test('both ends of a connection use one family', () => {
    const dual = (pod: PodParty, n: number) => ({
      ...pod,
      addresses: [`10.0.0.${n}`, `fd00::${n}`],
    });
    const policies = [
      ...source('shop', { egress: [block('10.0.0.0/8')] }).policiesIn('shop', {}),
      ...source('monitoring', { ingress: [block('fd00::/8')] }).policiesIn('monitoring', {}),
    ];
    const crossed = policySet(namespaces, policies);
    expect(judge(crossed, dual(web, 1), dual(scraper, 2), 80, 'TCP').allowed).toBe(false);
    const v4Only = { ...scraper, addresses: ['10.0.0.2'] };
    const v6In = source('monitoring', { ingress: [block('fd00::/8')] });
    expect(judge(v6In, dual(web, 1), v4Only, 80, 'TCP').allowed).toBe(false);
    expect(judge(v6In, dual(web, 1), dual(scraper, 2), 80, 'TCP').allowed).toBe(true);
    const uncrossed = source('shop', { egress: [block('fd00::/8')] });
    expect(judge(uncrossed, dual(web, 1), dual(scraper, 2), 80, 'TCP').allowed).toBe(true);
  });
});

describe('what the API server would refuse', () => {
  const refused: readonly PolicyPeer[] = [
    {},
    { ipBlock: { cidr: 'everything' } },
    { ipBlock: { cidr: '10.0.0.0' } },
    { ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/33'] } },
    { ipBlock: { cidr: '0.0.0.0/0' }, podSelector: {} },
  ];

  test('matches nothing, and never stands for everything', () => {
    for (const peer of refused) {
      expect(admits(peer, { address: '10.1.2.3' })).toBe(false);
      expect(admits(peer, { ...web, addresses: ['10.1.2.3'] })).toBe(false);
    }
  });

  test('does not spoil the peers beside it', () => {
    const mixed = source('shop', { ingress: [...refused, { podSelector: webPods }] });
    expect(judge(mixed, web, api, 80, 'TCP').allowed).toBe(true);
  });

  test('an address that is none matches no block', () => {
    expect(admits({ ipBlock: { cidr: '0.0.0.0/0' } }, { address: 'localhost' })).toBe(false);
  });
});
