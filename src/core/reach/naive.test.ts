import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { allowedPorts } from './allowed-ports.ts';
import { labels, name, policy, port, protocol, v4, v6 } from './fixtures/arbitraries.ts';
import { type NaiveWorld, naivelyAllowed } from './fixtures/naive.ts';
import { judge } from './judge.ts';
import type { Party, PodParty } from './party.ts';
import { policySet } from './policy-set.ts';
import { hasPort } from './port-set.ts';

const addresses = fc.tuple(
  fc.subarray(['10.0.0.1', '10.1.0.1'], { maxLength: 1 }),
  fc.array(v6, { maxLength: 1 }),
);
const pod: fc.Arbitrary<PodParty> = fc.record(
  {
    namespace: fc.constantFrom('one', 'two', 'three'),
    labels,
    ports: fc.array(fc.record({ name, port, protocol }), { maxLength: 4 }),
    addresses: addresses.map((both) => both.flat()),
    hostNetwork: fc.integer({ max: 5 }).map((n) => n === 0),
    name: fc.constantFrom('x', 'y', 'z'),
  },
  { requiredKeys: ['namespace', 'labels'] },
);
const party: fc.Arbitrary<Party> = fc.oneof(
  { weight: 5, arbitrary: pod },
  fc.record({ address: fc.oneof(v4, v6) }),
);
const world: fc.Arbitrary<NaiveWorld> = fc.record({
  namespaces: fc.record({ one: labels, two: fc.constant({ team: 'a' }) }),
  policies: fc.array(policy, { maxLength: 6 }),
  from: party,
  to: party,
});

test('in every small world the evaluator says what a naive reading of the documentation says', () => {
  fc.assert(
    fc.property(world, port, protocol, (given, n, proto) => {
      const source = policySet(new Map(Object.entries(given.namespaces)), given.policies);
      const expected = naivelyAllowed(given, n, proto);
      expect(judge(source, given.from, given.to, n, proto).allowed).toBe(expected);
      expect(hasPort(allowedPorts(source, given.from, given.to), n, proto)).toBe(expected);
    }),
    runsOf(3000),
  );
});

test('the worlds are not vacuous: many connections are allowed by rules, and many are denied', () => {
  const verdicts = fc
    .sample(fc.tuple(world, port, protocol), { numRuns: 2000, seed: 1 })
    .map(([given, n, proto]) =>
      judge(
        policySet(new Map(Object.entries(given.namespaces)), given.policies),
        given.from,
        given.to,
        n,
        proto,
      ),
    );
  const share = (some: typeof verdicts) => some.length / verdicts.length;
  expect(share(verdicts.filter(({ allowed }) => !allowed))).toBeGreaterThan(0.2);
  expect(
    share(
      verdicts.filter(
        ({ allowed, egress, ingress }) => allowed && (egress.isolated || ingress.isolated),
      ),
    ),
  ).toBeGreaterThan(0.1);
});
