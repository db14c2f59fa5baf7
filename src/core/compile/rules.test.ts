import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyPort } from '../model/policy.ts';
import type { Target } from '../resolve/entry.ts';
import { namespaceSelector } from '../resolve/peers.ts';
import { groupTargets } from './rules.ts';

const pods = (app: string, ports: Target['ports'], namespace = 'shop'): Target => ({
  peer: { podSelector: { matchLabels: { app } }, namespaceSelector: namespaceSelector(namespace) },
  namespace,
  ports,
});
const tcp = (port: number | string): PolicyPort => ({ protocol: 'TCP', port });

const target = fc
  .tuple(
    fc.constantFrom('a', 'b', 'c'),
    fc.constantFrom('shop', 'other'),
    fc.oneof(
      fc.constant('all' as const),
      fc.array(fc.constantFrom(tcp(80), tcp(443), tcp('http')), { minLength: 1 }),
    ),
  )
  .map(([app, namespace, ports]) => pods(app, ports, namespace));

describe('Rules', () => {
  test('peers of equal ports share a rule, and each peer stands once', () => {
    const rules = groupTargets(
      [pods('a', [tcp(80)]), pods('b', [tcp(80)]), pods('a', [tcp(443)]), pods('c', 'all')],
      'shop',
    );
    expect(rules).toEqual(
      [
        { peers: [{ podSelector: { matchLabels: { app: 'c' } } }], ports: undefined },
        { peers: [{ podSelector: { matchLabels: { app: 'b' } } }], ports: [tcp(80)] },
        { peers: [{ podSelector: { matchLabels: { app: 'a' } } }], ports: [tcp(80), tcp(443)] },
      ].sort((a, b) =>
        JSON.stringify(a.ports ?? 'all') < JSON.stringify(b.ports ?? 'all') ? -1 : 1,
      ),
    );
  });

  test('all ports of a peer swallow single ones', () => {
    expect(
      groupTargets([pods('a', [tcp(80)]), pods('a', 'all'), pods('a', [tcp(81)])], 'shop'),
    ).toEqual([{ peers: [{ podSelector: { matchLabels: { app: 'a' } } }], ports: undefined }]);
  });

  test('ports are never merged between a peer of the cluster and an address', () => {
    const outside: Target = { peer: { ipBlock: { cidr: '203.0.113.0/24' } }, ports: [tcp(443)] };
    expect(groupTargets([outside, pods('a', [tcp(80)])], 'shop')).toHaveLength(2);
  });

  test('whatever order the targets come in, and however often: the same bytes', () => {
    fc.assert(
      fc.property(fc.array(target), fc.infiniteStream(fc.nat()), (targets, order) => {
        const shuffled = [...targets, ...targets]
          .map((each) => ({ each, at: order.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        const once = JSON.stringify(groupTargets(targets, 'shop'));
        expect(JSON.stringify(groupTargets(shuffled, 'shop'))).toBe(once);
      }),
    );
  });

  test('no rule is ever without peers', () => {
    fc.assert(
      fc.property(fc.array(target), (targets) => {
        for (const { peers } of groupTargets(targets, 'shop'))
          expect(peers.length).toBeGreaterThan(0);
      }),
    );
  });
});
