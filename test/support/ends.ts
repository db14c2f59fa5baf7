import type { Labels } from '../../src/core/model/labels.ts';
import { type Direction, directions, type NetworkPolicy } from '../../src/core/model/policy.ts';
import { allowedPortsBetween } from '../../src/core/reach/allowed-ports.ts';
import { endpointOf } from '../../src/core/reach/endpoint.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { intersectPorts, type PortSet, unitePorts } from '../../src/core/reach/port-set.ts';

/** What every end allows in each direction towards every other party, by itself. */
export type Ends = ReadonlyMap<string, PortSet>;

export function endsOf(
  policies: readonly NetworkPolicy[],
  namespaces: ReadonlyMap<string, Labels>,
  parties: readonly Party[],
): Ends {
  const ends = new Map<string, PortSet>();
  for (const direction of directions) {
    const alone = policies.flatMap((policy) => onlyIn(policy, direction));
    const source = policySet(namespaces, alone);
    const ready = parties.map((party) => endpointOf(source, party));
    for (const [i, near] of ready.entries()) {
      if (near.pod === undefined) continue;
      for (const [j, far] of ready.entries()) {
        const [from, to] = direction === 'Egress' ? [near, far] : [far, near];
        ends.set(`${direction} ${i} ${j}`, allowedPortsBetween(from, to));
      }
    }
  }
  return ends;
}

function onlyIn(policy: NetworkPolicy, direction: Direction): NetworkPolicy[] {
  const isolates = policy.spec.policyTypes?.includes(direction) ?? false;
  return isolates ? [{ ...policy, spec: { ...policy.spec, policyTypes: [direction] } }] : [];
}

/**
 * The first end that allows less than old-and-new, or more than old-or-new. Of pods for which several
 * subjects speak, and whose isolation begins or ends, the lower bound is not claimed here: see
 * docs/design/0004.
 */
export function violation(
  now: Ends,
  old: Ends,
  next: Ends,
  claimed: (end: string) => boolean,
): string | undefined {
  for (const [end, ports] of now) {
    const [before, after] = [old.get(end), next.get(end)];
    if (before === undefined || after === undefined) continue;
    if (isSame(ports, before) && isSame(ports, after)) continue;
    const least = intersectPorts(before, after);
    const most = unitePorts(before, after);
    const lost = !isSame(intersectPorts(ports, least), least);
    if (lost && claimed(end)) return `${end} lost a flow`;
    if (!isSame(unitePorts(ports, most), most)) return `${end} opened a flow`;
  }
  return undefined;
}

/** A set has one form only: its ranges ascend and do not touch. */
function isSame(a: PortSet, b: PortSet): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
