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
import type { Rule, RuleRef } from './rules.ts';

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

/** The rules through which a connection passes; undefined where that end is not isolated. */
export type Grants = Readonly<Record<Direction, readonly RuleRef[] | undefined>>;

/**
 * The rules that open some of the allowed ports, whichever port it is: all that `judgeBetween` may
 * name for one of them. None where a pod reaches itself, or nothing is allowed.
 */
export function grantsBetween(from: Endpoint, to: Endpoint): Grants {
  const opening = (near: Endpoint, direction: Direction) => {
    if (near.isolations[direction].length === 0) return undefined;
    return isSelf(from, to) ? [] : openingRules(flowsBetween(from, to), direction);
  };
  return { Egress: opening(from, 'Egress'), Ingress: opening(to, 'Ingress') };
}

function openingRules(flows: readonly (Flow | undefined)[], direction: Direction): RuleRef[] {
  const refs = flows.flatMap((flow) => {
    if (flow === undefined) return [];
    const open = portsOf(flow);
    return (rulesFor(flow, direction) ?? [])
      .filter((rule) => !isNoPort(intersectPorts(portsOfRules([rule], flow.to), open)))
      .map(({ ref }) => ref);
  });
  return [...new Set(refs)];
}

function portsIn(flow: Flow, direction: Direction): PortSet {
  const rules = rulesFor(flow, direction);
  return rules === undefined ? everyPort : portsOfRules(rules, flow.to);
}

/** The ports that some rules open on an end; every port where one of them names none. */
export function portsOfRules(rules: readonly Rule[], to: Endpoint): PortSet {
  if (!rules.every(({ ports }) => ports !== undefined)) return everyPort;
  return portSetOf(
    rules.flatMap(({ ports = [] }) =>
      ports.flatMap((clause) =>
        rangesOf(clause, to).map((range) => ({ ...range, protocol: clause.protocol })),
      ),
    ),
  );
}
