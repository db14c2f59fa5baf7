import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import { allowedPortsBetween } from './allowed-ports.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import { type SmallCluster, smallCluster } from './fixtures/small-cluster.ts';
import { ReachMatrix } from './matrix.ts';
import { policySet } from './policy-set.ts';
import { isEveryPort, isNoPort } from './port-set.ts';

function endsOf({ namespaces, policies, pods }: SmallCluster): Endpoint[] {
  const source = policySet(namespaces, policies);
  return pods.map((pod) => endpointOf(source, pod));
}

function pairsOf(ends: readonly Endpoint[]): [number, number][] {
  return ends.flatMap((_, from) => ends.map((__, to): [number, number] => [from, to]));
}

describe('The matrix of allowed ports', () => {
  test('says of every pair what judging that pair alone says', () => {
    fc.assert(
      fc.property(smallCluster, (cluster) => {
        const ends = endsOf(cluster);
        const matrix = new ReachMatrix(ends);
        for (const [from, to] of pairsOf(ends)) {
          const [sender, receiver] = [ends[from], ends[to]];
          if (!sender || !receiver) throw new Error('a pair without ends');
          expect(matrix.ports(from, to)).toEqual(allowedPortsBetween(sender, receiver));
        }
      }),
      runsOf(1000),
    );
  });

  test('is tried with pairs of every sort: open, shut, and open on some ports only', () => {
    const clusters = fc.sample(smallCluster, { numRuns: 500, seed: 1 });
    const sets = clusters.flatMap((cluster) => {
      const ends = endsOf(cluster);
      const matrix = new ReachMatrix(ends);
      return pairsOf(ends).map(([from, to]) => matrix.ports(from, to));
    });
    const share = (some: number) => some / sets.length;
    const [shut, open] = [sets.filter(isNoPort).length, sets.filter(isEveryPort).length];
    expect(share(shut)).toBeGreaterThan(0.1);
    expect(share(open)).toBeGreaterThan(0.2);
    expect(share(sets.length - shut - open)).toBeGreaterThan(0.02);
  });

  test('knows no end beyond its list', () => {
    const matrix = new ReachMatrix([endpointOf(policySet(new Map(), []), { address: '10.0.0.1' })]);
    expect(() => matrix.ports(0, 1)).toThrow(new RangeError('there is no such end'));
  });

  test('labels are compared by what they are, not by what every object inherits', () => {
    const labels = { constructor: 'a', __proto__x: 'b' };
    const policy: NetworkPolicy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'p', namespace: 'one' },
      spec: {
        podSelector: { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
        ingress: [{ from: [{ podSelector: { matchLabels: { constructor: 'a' } } }] }],
      },
    };
    const ends = endsOf({
      namespaces: new Map(),
      policies: [policy],
      pods: [
        { namespace: 'one', labels },
        { namespace: 'one', labels: {} },
      ],
    });
    const matrix = new ReachMatrix(ends);
    const allowed = pairsOf(ends).map(([from, to]) => !isNoPort(matrix.ports(from, to)));
    expect(allowed).toEqual([true, true, false, true]);
  });
});
