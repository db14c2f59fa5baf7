/**
 * A second evaluator, written for reading beside the API documentation and sharing nothing with
 * the first but its types: it tries each connection, address by address, against each clause.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LabelSelector, Labels } from '../model/labels.ts';
import type {
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
  PolicySpec,
  Protocol,
} from '../model/policy.ts';
import { allowedPorts } from './allowed-ports.ts';
import { judge } from './judge.ts';
import type { Party, PodParty } from './party.ts';
import { policySet } from './policy-set.ts';
import { hasPort } from './port-set.ts';

interface World {
  readonly namespaces: Readonly<Record<string, Labels>>;
  readonly policies: readonly NetworkPolicy[];
  readonly from: Party;
  readonly to: Party;
}

/** A packet as a policy sees it; addresses are '' where nobody told. */
interface Packet {
  readonly source: string;
  readonly target: string;
  readonly port: number;
  readonly protocol: Protocol;
}

function naivelyAllowed(world: World, port: number, protocol: Protocol): boolean {
  const { from, to } = world;
  if (!('address' in from) && !('address' in to) && from.name !== undefined) {
    if (from.name === to.name && from.namespace === to.namespace) return true;
  }
  const pairs = addressesOf(from).flatMap((source) =>
    addressesOf(to).map((target) => ({ source, target })),
  );
  const routable = pairs.filter(
    ({ source, target }) => bits(source).length === bits(target).length,
  );
  return (routable.length > 0 ? routable : pairs).some((pair) => {
    const packet = { ...pair, port, protocol };
    return naivelyPasses(world, packet, 'egress') && naivelyPasses(world, packet, 'ingress');
  });
}

function addressesOf(party: Party): readonly string[] {
  if ('address' in party) return [party.address];
  return party.addresses?.length ? party.addresses : [''];
}

function naivelyPasses(world: World, packet: Packet, side: 'ingress' | 'egress'): boolean {
  const near = side === 'egress' ? world.from : world.to;
  if ('address' in near || near.hostNetwork) return true;
  const isolating = world.policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === near.namespace &&
      fits(spec.podSelector ?? {}, near.labels) &&
      typesOf(spec).some((type) => type.toLowerCase() === side),
  );
  const allows = ({ metadata, spec }: NetworkPolicy) =>
    spec[side]?.some((rule) => {
      const peers = Object.entries(rule).find(([key]) => key === 'from' || key === 'to')?.[1] ?? [];
      const isFar = (peer: PolicyPeer) => isPeer(world, packet, side, metadata.namespace, peer);
      if (peers.length > 0 && !(peers as PolicyPeer[]).some(isFar)) return false;
      return !rule.ports?.length || rule.ports.some((clause) => isPort(world.to, packet, clause));
    });
  return isolating.length === 0 || isolating.some(allows);
}

function typesOf({ policyTypes, egress }: PolicySpec): readonly string[] {
  if (policyTypes?.length) return policyTypes;
  return egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

function isPeer(
  world: World,
  packet: Packet,
  side: string,
  own: string,
  peer: PolicyPeer,
): boolean {
  const far = side === 'egress' ? world.to : world.from;
  if (peer.ipBlock) {
    const address = side === 'egress' ? packet.target : packet.source;
    const { cidr, except = [] } = peer.ipBlock;
    return within(address, cidr) && except.every((part) => !within(address, part));
  }
  if ('address' in far || far.hostNetwork) return false;
  const labels = {
    ...world.namespaces[far.namespace],
    'kubernetes.io/metadata.name': far.namespace,
  };
  const inNamespace = peer.namespaceSelector
    ? fits(peer.namespaceSelector, labels)
    : far.namespace === own;
  return inNamespace && fits(peer.podSelector ?? {}, far.labels);
}

function isPort(to: Party, { port, protocol }: Packet, clause: PolicyPort): boolean {
  if (protocol !== (clause.protocol ?? 'TCP')) return false;
  if (clause.port === undefined) return true;
  if (typeof clause.port === 'number')
    return port >= clause.port && port <= (clause.endPort ?? clause.port);
  if ('address' in to || to.hostNetwork) return false;
  return (to.ports ?? []).some(
    (declared) =>
      declared.name === clause.port && declared.port === port && declared.protocol === protocol,
  );
}

/** matchLabels is "equivalent to an element of matchExpressions" with operator In and one value. */
function fits({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(matchLabels)) {
    if (!fits({ matchExpressions: [{ key, operator: 'In', values: [value] }] }, labels))
      return false;
  }
  for (const { key, operator, values = [] } of matchExpressions) {
    const has = key in labels;
    const among = has && values.some((value) => value === labels[key]);
    const ok = { In: among, NotIn: !among, Exists: has, DoesNotExist: !has }[operator];
    if (!ok) return false;
  }
  return true;
}

function within(address: string, cidr: string): boolean {
  const [base = '', prefix = ''] = cidr.split('/');
  const [a, b] = [bits(address), bits(base)];
  return a.length === b.length && a.startsWith(b.slice(0, Number(prefix)));
}

/** The generated v6 addresses have all eight groups, unless they are v4-mapped. */
function bits(address: string): string {
  if (address === '') return '';
  const v4 = address.replace('::ffff:', '');
  if (v4.includes('.'))
    return v4
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  return address
    .split(':')
    .map((part) => Number.parseInt(part, 16).toString(2).padStart(16, '0'))
    .join('');
}

const value = fc.constantFrom('a', 'b');
const labels = fc.dictionary(fc.constantFrom('app', 'tier'), value, { maxKeys: 2 });
const expression = fc.record({
  key: fc.constantFrom('app', 'tier', 'team'),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(value, { minLength: 1, maxLength: 2 }),
});
const selector = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record(
    { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) },
    { requiredKeys: [] },
  ),
);
const name = fc.constantFrom('http', 'dns');
const port = fc.constantFrom(1, 79, 80, 81, 90, 65_535);
const protocol = fc.constantFrom('TCP', 'UDP', 'SCTP');
const v4 = fc.constantFrom('10.0.0.1', '10.0.0.200', '10.1.0.1', '::ffff:10.0.0.1', '172.16.0.1');
const v6 = fc.constantFrom('fd00:0:0:0:0:0:0:1', 'fd00:0:0:1:0:0:0:1', '2001:db8:0:0:0:0:0:1');
const cidr = fc.constantFrom(
  '10.0.0.0/24',
  '10.0.0.0/8',
  '10.0.0.128/25',
  '0.0.0.0/0',
  'fd00:0:0:0:0:0:0:0/64',
  '0:0:0:0:0:0:0:0/0',
);

const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ namespaceSelector: selector, podSelector: selector }),
  fc.record({
    ipBlock: fc.record(
      { cidr, except: fc.array(cidr, { maxLength: 1 }) },
      { requiredKeys: ['cidr'] },
    ),
  }),
);
const clause = fc.oneof(
  fc.record({ protocol, port: fc.oneof(port, name) }, { requiredKeys: [] }),
  fc.record({ protocol, port: fc.constantFrom(79, 80), endPort: fc.constantFrom(80, 90) }),
);
const ports = fc.array(clause, { maxLength: 2 });
const peers = fc.array(peer, { maxLength: 3 });
const policy = fc.record({
  apiVersion: fc.constant('networking.k8s.io/v1' as const),
  kind: fc.constant('NetworkPolicy' as const),
  metadata: fc.record({
    name: fc.constantFrom('p', 'q', 'r'),
    namespace: fc.constantFrom('one', 'two'),
  }),
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.subarray(['Ingress', 'Egress'] as const),
      ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
      egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    },
    { requiredKeys: ['podSelector'] },
  ),
});
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
const world: fc.Arbitrary<World> = fc.record({
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
    { numRuns: 3000 },
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
