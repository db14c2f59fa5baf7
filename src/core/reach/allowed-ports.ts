import type { Direction } from '../model/policy.ts';
import { type Endpoint, endpointOf, type PolicySource } from './endpoint.ts';
import { type Flow, flowsBetween, isSelf, rangesOf, rulesFor } from './flow.ts';
import type { Party } from './party.ts';
import {
  everyPort,
  intersectPorts,
  isNoPort,
  type PortSet,
  portSetOf,
  unitePorts,
} from './port-set.ts';

/**
 * The ports of `to` that `from` may reach: `hasPort(allowedPorts(s, a, b), n, p)` is
 * `judge(s, a, b, n, p).allowed` for every port and protocol. "All ports" is `isEveryPort` of it.
 */
export function allowedPorts(source: PolicySource, from: Party, to: Party): PortSet {
  return allowedPortsBetween(endpointOf(source, from), endpointOf(source, to));
}

/** `allowedPorts` for ends that were prepared once and are judged against many others. */
export function allowedPortsBetween(from: Endpoint, to: Endpoint): PortSet {
  if (isSelf(from, to)) return everyPort;
  const [flow, other] = flowsBetween(from, to);
  return other === undefined ? portsOf(flow) : unitePorts(portsOf(flow), portsOf(other));
}

function portsOf(flow: Flow): PortSet {
  const egress = portsIn(flow, 'Egress');
  return isNoPort(egress) ? egress : intersectPorts(egress, portsIn(flow, 'Ingress'));
}

function portsIn(flow: Flow, direction: Direction): PortSet {
  const rules = rulesFor(flow, direction);
  if (rules?.every(({ ports }) => ports !== undefined) !== true) return everyPort;
  return portSetOf(
    rules.flatMap(({ ports = [] }) =>
      ports.flatMap((clause) =>
        rangesOf(clause, flow.to).map((range) => ({ ...range, protocol: clause.protocol })),
      ),
    ),
  );
}
