import type { Direction, Protocol } from '../model/policy.ts';
import { type Endpoint, endpointOf, type PolicySource } from './endpoint.ts';
import { type Flow, flowsBetween, isSelf, opensPort, rulesFor } from './flow.ts';
import type { Party } from './party.ts';
import type { RuleRef } from './rules.ts';

/** A new connection is allowed iff both directions are. */
export interface Verdict {
  readonly allowed: boolean;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
}

/**
 * | isolated | allowed | by                                             |
 * |----------|---------|------------------------------------------------|
 * | no       | yes     | nothing: no policy selects this end            |
 * | yes      | yes     | every rule that allows it                      |
 * | yes      | yes     | nothing: a pod and itself, past all policies   |
 * | yes      | no      | every policy that isolates this end            |
 *
 * `by` is in the order of policy name and rule index, whatever the order of the source.
 */
export interface DirectionVerdict {
  readonly isolated: boolean;
  readonly allowed: boolean;
  readonly by: readonly RuleRef[];
}

/**
 * Whether the policies of `source` allow a new connection from `from` to `port` (1-65535) of
 * `to`, after translation of Service addresses, and which rules decided. Never throws.
 */
export function judge(
  source: PolicySource,
  from: Party,
  to: Party,
  port: number,
  protocol: Protocol,
): Verdict {
  return judgeBetween(endpointOf(source, from), endpointOf(source, to), port, protocol);
}

/** `judge` for ends that were prepared once and are judged against many others. */
export function judgeBetween(
  from: Endpoint,
  to: Endpoint,
  port: number,
  protocol: Protocol,
): Verdict {
  if (isSelf(from, to)) return passSelf(from);
  const [flow, other] = flowsBetween(from, to);
  const verdict = judgeFlow(flow, port, protocol);
  if (verdict.allowed || other === undefined) return verdict;
  const second = judgeFlow(other, port, protocol);
  return second.allowed ? second : verdict;
}

function passSelf({ isolations }: Endpoint): Verdict {
  const pass = (direction: Direction): DirectionVerdict => ({
    isolated: isolations[direction].length > 0,
    allowed: true,
    by: [],
  });
  return { allowed: true, egress: pass('Egress'), ingress: pass('Ingress') };
}

function judgeFlow(flow: Flow, port: number, protocol: Protocol): Verdict {
  const egress = judgeDirection(flow, 'Egress', port, protocol);
  const ingress = judgeDirection(flow, 'Ingress', port, protocol);
  return { allowed: egress.allowed && ingress.allowed, egress, ingress };
}

/**
 * The NetworkPolicy tier. Further tiers (AdminNetworkPolicy before it, baseline after it) are
 * functions of the same shape that may also answer "not mine", asked in order until one decides.
 */
function judgeDirection(
  flow: Flow,
  direction: Direction,
  port: number,
  protocol: Protocol,
): DirectionVerdict {
  const rules = rulesFor(flow, direction);
  if (rules === undefined) return { isolated: false, allowed: true, by: [] };
  const opening = rules.filter((rule) => opensPort(rule, flow.to, port, protocol));
  if (opening.length > 0)
    return { isolated: true, allowed: true, by: opening.map(({ ref }) => ref) };
  const near = direction === 'Egress' ? flow.from : flow.to;
  return { isolated: true, allowed: false, by: near.isolations[direction].map(({ ref }) => ref) };
}
