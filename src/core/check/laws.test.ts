import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { Inventory, type Unit } from '../inventory/inventory.ts';
import type { PodItem, TemplateItem } from '../inventory/items.ts';
import { type NetworkPolicy, type PolicySpec, protocols } from '../model/policy.ts';
import { judge } from '../reach/judge.ts';
import { policySet } from '../reach/policy-set.ts';
import { hasPort, type PortSet, portSetOf } from '../reach/port-set.ts';
import { type PortWord, readPortWord } from './assertion.ts';
import { Checker } from './check.ts';

const app = fc.constantFrom('a', 'b', 'c');
const selector = fc.oneof(
  fc.constant({}),
  app.map((name) => ({ matchLabels: { app: name } })),
);
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: fc.constant({}), podSelector: selector }),
  fc.constant({ ipBlock: { cidr: '10.0.0.0/30' } }),
);
const clause = fc.record(
  {
    port: fc.constantFrom(80, 443, 'http'),
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
  },
  { requiredKeys: ['port'] },
);
const rules = fc.array(
  fc.record(
    {
      peers: fc.array(peer, { minLength: 1, maxLength: 2 }),
      ports: fc.array(clause, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['peers'] },
  ),
  { maxLength: 2 },
);
const spec: fc.Arbitrary<PolicySpec> = fc
  .record({
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress'] as const, { minLength: 1 }),
    ...{ ingress: rules, egress: rules },
  })
  .map(({ ingress, egress, ...rest }) => ({
    ...rest,
    ingress: ingress.map(({ peers, ...more }) => ({ from: peers, ...more })),
    egress: egress.map(({ peers, ...more }) => ({ to: peers, ...more })),
  }));
const policies = fc
  .array(fc.tuple(fc.constantFrom('one', 'two'), spec), { maxLength: 5 })
  .map((given): NetworkPolicy[] =>
    given.map(([namespace, each], index) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name: `p${index}` },
      spec: each,
    })),
  );

const shape = fc.record({
  namespace: fc.constantFrom('one', 'two'),
  name: fc.constantFrom('x-1', 'x-2', 'y'),
  labels: app.map((name) => ({ app: name })),
  ports: fc.constantFrom([], [{ name: 'http', port: 8080, protocol: 'TCP' as const }]),
  hostNetwork: fc.constantFrom(false, false, false, true),
  owner: fc.constant(undefined),
});
const template: fc.Arbitrary<TemplateItem> = shape.map((rest) => ({
  ...{ kind: 'Template', of: 'Deployment', selector: undefined },
  ...rest,
}));
const pod: fc.Arbitrary<PodItem> = fc
  .tuple(shape, fc.constantFrom([], ['10.0.0.1'], ['10.0.0.9', 'fd00::1']))
  .map(([rest, addresses]) => ({ kind: 'Pod', ...{ ended: false, addresses }, ...rest }));
const units = fc.array(fc.oneof(template, pod), { minLength: 1, maxLength: 6 });
const pattern = fc.constantFrom('*/*/*', 'one/*/*', '*/*/x-*', 'two/*/y', '*/pod/*', 't*/dep*/x*');
const words: fc.Arbitrary<PortWord[]> = fc
  .constantFrom<(string | number)[]>([], [80], ['443/UDP'], ['79-90'], [443, '8000-9000/TCP'])
  .map((list) => list.map(readPortWord).flatMap((word) => ('error' in word ? [] : [word])));
/** Of every stretch of ports that the policies above can tell apart, one and its ends. */
const probes = [1, 79, 80, 81, 90, 442, 443, 444, 8000, 8079, 8080, 8081, 9000, 65_535];

function matches(unit: Unit, text: string): boolean {
  const kind = unit.kind === 'Pod' ? 'pod' : 'deployment';
  const parts = [unit.namespace, kind, unit.name];
  return text.split('/').every((part, index) => {
    const [start = '', ...rest] = part.split('*');
    const own = parts[index] ?? '';
    return rest.length > 0 ? own.startsWith(start) : own === part;
  });
}

function assertedPorts(list: readonly PortWord[]): PortSet | undefined {
  if (list.length === 0) return undefined;
  return portSetOf(
    list.map((word) => {
      const protocol = word.protocol ?? 'TCP';
      if ('range' in word) return { ...word.range, protocol };
      return { first: Number(word.port), last: Number(word.port), protocol };
    }),
  );
}

test('a deny of patterns holds exactly where no pair of its ends has an allowed port', () => {
  const seen = { holds: 0, fails: 0 };
  fc.assert(
    fc.property(units, policies, pattern, pattern, words, (items, given, from, to, ports) => {
      const inventory = new Inventory(items);
      const source = policySet(inventory.namespaces, given);
      const asserted = assertedPorts(ports);
      const isOpen = (sender: Unit, receiver: Unit) =>
        protocols.some((protocol) =>
          probes
            .filter((port) => asserted === undefined || hasPort(asserted, port, protocol))
            .some(
              (port) =>
                judge(
                  source,
                  inventory.partyOf(sender),
                  inventory.partyOf(receiver),
                  port,
                  protocol,
                ).allowed,
            ),
        );
      const [senders, receivers] = [from, to].map((text) =>
        inventory.units.filter((unit) => matches(unit, text)),
      );
      const pairs = (senders ?? []).flatMap((sender) =>
        (receivers ?? []).filter((each) => each !== sender).map((each) => [sender, each] as const),
      );
      const open = pairs.filter(([sender, receiver]) => isOpen(sender, receiver));
      const checker = new Checker(inventory, given, 'one');
      const said = { kind: 'deny', from: [from], except: [], to: [to], ports } as const;
      const outcome = checker.check(said);
      if (pairs.length === 0) expect(outcome).toHaveProperty('error');
      else expect(outcome).toMatchObject({ ok: open.length === 0, total: open.length });
      if (pairs.length > 0) seen[open.length === 0 ? 'holds' : 'fails']++;
    }),
    runsOf(400),
  );
  expect(Math.min(seen.holds, seen.fails)).toBeGreaterThan(20);
});
