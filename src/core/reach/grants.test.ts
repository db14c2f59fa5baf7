import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { directions, protocols } from '../model/policy.ts';
import { allowedPortsBetween, grantsBetween } from './allowed-ports.ts';
import { endpointOf } from './endpoint.ts';
import { smallCluster } from './fixtures/small-cluster.ts';
import { judgeBetween } from './judge.ts';
import { policySet } from './policy-set.ts';
import { hasPort } from './port-set.ts';

/** Where every range of the small clusters begins. */
const beginnings = [1, 79, 80, 81, 90, 65_535];

const textOf = (value: object) => JSON.stringify(value);

test('the rules that open some port are those that judging tells, port by port', () => {
  fc.assert(
    fc.property(smallCluster, ({ namespaces, policies, pods }) => {
      const source = policySet(namespaces, policies);
      const [from, to] = pods.map((pod) => endpointOf(source, pod));
      if (from === undefined || to === undefined) throw new Error('no pair');
      const allowed = allowedPortsBetween(from, to);
      const ports = protocols.flatMap((protocol) =>
        beginnings
          .filter((port) => hasPort(allowed, port, protocol))
          .map((port) => judgeBetween(from, to, port, protocol)),
      );
      const grants = grantsBetween(from, to);
      // Of two address families that both let a port through, judging tells the first.
      const isDualStack = from.addresses.length > 1 && to.addresses.length > 1;
      for (const direction of directions) {
        const near = direction === 'Egress' ? from : to;
        const told = ports.flatMap((verdict) =>
          (direction === 'Egress' ? verdict.egress : verdict.ingress).by.map(textOf),
        );
        const found = grants[direction]?.map(textOf);
        expect(found === undefined).toBe(near.isolations[direction].length === 0);
        expect(found ?? []).toEqual(expect.arrayContaining(told));
        if (!isDualStack) expect(new Set(told)).toEqual(new Set(found ?? []));
      }
    }),
    runsOf(1000),
  );
});
