import { selects } from '../model/labels.ts';
import type { Direction, Protocol } from '../model/policy.ts';
import { type Block, holdsAddress } from './addresses.ts';
import type { Endpoint } from './endpoint.ts';
import type { PortRange } from './port-set.ts';
import type { Peer, PortClause, Rule } from './rules.ts';

/** Connections between two ends over one address family; `any` where an end's is unknown. */
export interface Flow {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly family: 'ipv4' | 'ipv6' | 'any';
}

/**
 * The one or two ways in which connections can run. A connection has one family at both ends, so
 * blocks of the two directions must agree on it; two ends that share no family are judged as if
 * theirs were unknown, since routing is no matter of policy.
 */
export function flowsBetween(from: Endpoint, to: Endpoint): readonly [Flow, Flow?] {
  const ipv4 = hasFamily(from, 'ipv4') && hasFamily(to, 'ipv4');
  const ipv6 = hasFamily(from, 'ipv6') && hasFamily(to, 'ipv6');
  if (!ipv4 && !ipv6) return [{ from, to, family: 'any' }];
  if (!ipv4 || !ipv6) return [{ from, to, family: ipv4 ? 'ipv4' : 'ipv6' }];
  return [
    { from, to, family: 'ipv4' },
    { from, to, family: 'ipv6' },
  ];
}

function hasFamily({ addresses }: Endpoint, family: 'ipv4' | 'ipv6'): boolean {
  return addresses.some((address) => address.kind() === family);
}

/** "A pod cannot block access to itself": no policy stands between a pod and itself. */
export function isSelf(from: Endpoint, to: Endpoint): boolean {
  return from.identity !== undefined && from.identity === to.identity;
}

/**
 * The rules whose `from` or `to` matches the far end, in the order of policy and index; undefined
 * where the near end is not isolated, so that everything is allowed.
 */
export function rulesFor(flow: Flow, direction: Direction): readonly Rule[] | undefined {
  const [near, far] = direction === 'Egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  const isolations = near.isolations[direction];
  if (isolations.length === 0) return undefined;
  return isolations.flatMap(({ ref, rules }) =>
    rules.filter(
      ({ peers }) => peers?.some((peer) => matches(peer, ref.namespace, far, flow.family)) ?? true,
    ),
  );
}

function matches(peer: Peer, ownNamespace: string, far: Endpoint, family: Flow['family']): boolean {
  if ('block' in peer) {
    if (isSomewhere(far)) return isEverything(peer.block);
    return far.addresses.some(
      (address) =>
        (family === 'any' || address.kind() === family) && holdsAddress(peer.block, address),
    );
  }
  if (far.pod === undefined) return false;
  const { namespace, namespaceLabels, labels } = far.pod;
  const { namespaces, pods } = peer;
  const inNamespace =
    namespaces === undefined ? namespace === ownNamespace : selects(namespaces, namespaceLabels);
  return inNamespace && selects(pods, labels);
}

/** A pod on its node's network whose address is not told: it has one, whichever that is. */
export function isSomewhere({ isOnNode, addresses }: Endpoint): boolean {
  return isOnNode && addresses.length === 0;
}

function isEverything({ range, except }: Block): boolean {
  return range.prefix === 0 && except.length === 0;
}

/** Whether the rule's `ports` let this port of the destination through. */
export function opensPort(
  { ports }: Rule,
  to: Endpoint,
  port: number,
  protocol: Protocol,
): boolean {
  return (
    ports?.some(
      (clause) =>
        clause.protocol === protocol &&
        rangesOf(clause, to).some(({ first, last }) => first <= port && port <= last),
    ) ?? true
  );
}

/**
 * The clause's ports on this destination. A name means every container port of that name and
 * protocol; an address and a pod on its node's network have no port names.
 */
export function rangesOf(clause: PortClause, to: Endpoint): readonly PortRange[] {
  if (!('portName' in clause)) return [clause];
  return (to.pod?.ports ?? [])
    .filter(({ name, protocol }) => name === clause.portName && protocol === clause.protocol)
    .map(({ port }) => ({ first: port, last: port }));
}
