import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NetworkPolicy, PolicySpec } from '../model/policy.ts';
import { allowedPorts } from './allowed-ports.ts';
import { judge, type Verdict } from './judge.ts';
import type { PodParty } from './party.ts';
import { policySet } from './policy-set.ts';
import type { RuleRef } from './rules.ts';

const app = fc.constantFrom('a', 'b', 'c');
const selector = fc.option(
  app.map((name) => ({ matchLabels: { app: name } })),
  { nil: {} },
);
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: fc.constant({}), podSelector: selector }),
  fc.constantFrom('10.0.0.0/8', '10.0.0.0/30').map((cidr) => ({ ipBlock: { cidr } })),
);
const clause = fc.record(
  { port: fc.constantFrom(80, 443), endPort: fc.constant(500) },
  { requiredKeys: ['port'] },
);
const peers = fc.array(peer, { maxLength: 2 });
const ports = fc.array(clause, { maxLength: 2 });
const ingressRule = fc.record({ from: peers, ports });
const egressRule = fc.record({ to: peers, ports });
const spec: fc.Arbitrary<PolicySpec> = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 }),
    ingress: fc.array(ingressRule, { maxLength: 2 }),
    egress: fc.array(egressRule, { maxLength: 2 }),
  },
  { requiredKeys: ['podSelector', 'policyTypes'] },
);
const specs = fc.array(spec, { maxLength: 5 });
const pod: fc.Arbitrary<PodParty> = fc.record({
  namespace: fc.constantFrom('one', 'two'),
  labels: app.map((name) => ({ app: name })),
  addresses: fc.constantFrom(['10.0.0.1'], ['10.9.9.9'], []),
});
const port = fc.constantFrom(80, 443, 450, 501);

/** The specs as policies p0, p1, …, in namespaces one and two in turn. */
function policiesOf(given: readonly PolicySpec[]): readonly NetworkPolicy[] {
  return given.map((each, index) => policyOf(each, `p${index}`, index % 2 === 0 ? 'one' : 'two'));
}

function policyOf(given: PolicySpec, name: string, namespace: string): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: given,
  };
}

function ask(policies: readonly NetworkPolicy[], from: PodParty, to: PodParty, n: number): Verdict {
  return judge(policySet(new Map(), policies), from, to, n, 'TCP');
}

/** The same policies with only those rules of this side that `keep` wants. */
function prune(
  policies: readonly NetworkPolicy[],
  side: 'ingress' | 'egress',
  keep: (ref: RuleRef) => boolean,
) {
  return policies.map(({ spec: given, metadata, ...rest }) => {
    const rules = (given[side] ?? []).filter((_, rule) =>
      keep({ namespace: metadata.namespace, name: metadata.name, rule }),
    );
    return { ...rest, metadata, spec: { ...given, [side]: rules } };
  });
}

test('an added rule never takes a connection away', () => {
  fc.assert(
    fc.property(
      specs,
      fc.nat(4),
      ingressRule,
      egressRule,
      pod,
      pod,
      port,
      (given, at, ingress, egress, from, to, n) => {
        const more = given.map((each, index) =>
          index === at
            ? {
                ...each,
                ingress: [ingress, ...(each.ingress ?? [])],
                egress: [...(each.egress ?? []), egress],
              }
            : each,
        );
        const before = ask(policiesOf(given), from, to, n).allowed;
        const after = ask(policiesOf(more), from, to, n).allowed;
        expect(after || !before).toBe(true);
      },
    ),
  );
});

test('an added policy takes nothing from a pod that was isolated before', () => {
  fc.assert(
    fc.property(specs, spec, pod, pod, port, (given, added, from, to, n) => {
      const before = ask(policiesOf(given), from, to, n);
      const after = ask([...policiesOf(given), policyOf(added, 'added', 'one')], from, to, n);
      for (const side of ['ingress', 'egress'] as const) {
        if (before[side].isolated && before[side].allowed) expect(after[side].allowed).toBe(true);
      }
    }),
  );
});

test('a policy changes nothing for pods that it does not select', () => {
  fc.assert(
    fc.property(specs, spec, pod, pod, port, (given, added, from, to, n) => {
      const elsewhere = policyOf(
        { ...added, podSelector: { matchLabels: { app: 'nobody' } } },
        'added',
        'one',
      );
      const foreign = policyOf({ ...added, podSelector: {} }, 'added', 'three');
      const before = ask(policiesOf(given), from, to, n);
      expect(ask([...policiesOf(given), elsewhere, foreign], from, to, n)).toEqual(before);
    }),
  );
});

test('the order of policies never matters, not even to the reasons', () => {
  fc.assert(
    fc.property(specs, fc.gen(), pod, pod, port, (given, draw, from, to, n) => {
      const policies = policiesOf(given);
      const shuffled = draw(() =>
        fc.shuffledSubarray([...policies], { minLength: policies.length }),
      );
      expect(ask(shuffled, from, to, n)).toEqual(ask(policies, from, to, n));
    }),
  );
});

test('splitting the rules of a policy over several policies changes no verdict', () => {
  fc.assert(
    fc.property(specs, pod, pod, port, (given, from, to, n) => {
      const split = policiesOf(given).flatMap((policy) => {
        const { ingress = [], egress = [] } = policy.spec;
        const part = (rules: Partial<PolicySpec>, index: number) =>
          policyOf(
            { ...policy.spec, ingress: [], egress: [], ...rules },
            `${policy.metadata.name}-${index}`,
            policy.metadata.namespace,
          );
        return [
          {},
          ...ingress.map((rule) => ({ ingress: [rule] })),
          ...egress.map((rule) => ({ egress: [rule] })),
        ].map(part);
      });
      expect(ask(split, from, to, n).allowed).toBe(ask(policiesOf(given), from, to, n).allowed);
    }),
  );
});

test('a connection is allowed by the union of what the selecting policies allow one by one', () => {
  fc.assert(
    fc.property(specs, pod, pod, port, (given, from, to, n) => {
      const policies = policiesOf(given);
      for (const side of ['ingress', 'egress'] as const) {
        const alone = policies
          .map((policy) => ask([policy], from, to, n)[side])
          .filter(({ isolated }) => isolated);
        const together = ask(policies, from, to, n)[side];
        expect(together.isolated).toBe(alone.length > 0);
        expect(together.allowed).toBe(alone.length === 0 || alone.some(({ allowed }) => allowed));
      }
    }),
  );
});

test('each rule that is named as a reason is enough, and without all of them the answer is no', () => {
  fc.assert(
    fc.property(specs, pod, pod, port, (given, from, to, n) => {
      const policies = policiesOf(given);
      const verdict = ask(policies, from, to, n);
      const same = (a: RuleRef) => (b: RuleRef) => a.name === b.name && a.rule === b.rule;
      for (const side of ['ingress', 'egress'] as const) {
        const { isolated, allowed, by } = verdict[side];
        if (!isolated || !allowed) continue;
        for (const ref of by)
          expect(ask(prune(policies, side, same(ref)), from, to, n)[side].allowed).toBe(true);
        const rest = prune(policies, side, (ref) => !by.some(same(ref)));
        expect(ask(rest, from, to, n)[side].allowed).toBe(false);
      }
    }),
  );
});

test('without the policies that are named for a no, that end is open', () => {
  fc.assert(
    fc.property(specs, pod, pod, port, (given, from, to, n) => {
      const policies = policiesOf(given);
      const verdict = ask(policies, from, to, n);
      for (const side of ['ingress', 'egress'] as const) {
        if (verdict[side].allowed) continue;
        const rest = policies.filter(
          ({ metadata }) => !verdict[side].by.some(({ name }) => name === metadata.name),
        );
        expect(ask(rest, from, to, n)[side]).toEqual({ isolated: false, allowed: true, by: [] });
      }
    }),
  );
});

test('the set of allowed ports has ascending ranges with gaps between them', () => {
  fc.assert(
    fc.property(specs, pod, pod, (given, from, to) => {
      const { TCP } = allowedPorts(policySet(new Map(), policiesOf(given)), from, to);
      let end = -1;
      for (const { first, last } of TCP) {
        expect(first).toBeGreaterThan(end + 1);
        expect(last).toBeGreaterThanOrEqual(first);
        end = last;
      }
    }),
  );
});
