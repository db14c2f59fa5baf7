import type { Edge, EdgeTarget } from '../model/edge.ts';
import { type Direction, isExempt, opposite } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { type Endpoint, endpointOf, type PolicySource } from '../reach/endpoint.ts';
import { type DirectionVerdict, judgeBetween, type Verdict } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import { isNoPort } from '../reach/port-set.ts';
import type { World } from '../world/world.ts';
import { isOurs, policyNamed, portsToJudge, type Subject } from './parties.ts';

/** One flow of an edge, from the subject or to it. */
export interface Flow {
  readonly edge: Edge;
  readonly direction: Direction;
  readonly subject: Subject;
  readonly target: EdgeTarget;
  readonly from: Party;
  readonly to: Party;
}

/** The ends of flows over one set of policies. */
export type Ends = (party: Party) => Endpoint;

/** Ends over a source. A workload's is made once, since its edges share it. */
export function endsOver(source: PolicySource): Ends {
  const known = new Map<string, Endpoint>();
  return (party) => {
    const name = 'address' in party ? undefined : party.name;
    if (name === undefined) return endpointOf(source, party);
    const end = known.get(name) ?? endpointOf(source, party);
    known.set(name, end);
    return end;
  };
}

/**
 * The verdict on a flow: of several ports the first that does not hold, else the first. Undefined
 * where the destination lacks every port, so that nothing can be judged. An entry without ports
 * leaves the choice to the other end: it is allowed if any port is.
 */
export function decide(
  ends: Ends,
  flow: Flow,
  holds: (verdict: Verdict) => boolean,
): Verdict | undefined {
  const [from, to] = [ends(flow.from), ends(flow.to)];
  if (flow.target.ports === 'all') {
    const verdict = judgeBetween(from, to, 65535, 'TCP');
    if (verdict.allowed) return verdict;
    return { ...verdict, allowed: !isNoPort(allowedPortsBetween(from, to)) };
  }
  const verdicts = portsToJudge(flow.target.ports, flow.to).map(([port, protocol]) =>
    judgeBetween(from, to, port, protocol),
  );
  return verdicts.find((verdict) => !holds(verdict)) ?? verdicts[0];
}

const open: Endpoint['isolations'] = { Ingress: [], Egress: [] };

/** Whether the other end of a flow lets any port through, as far as that end decides. */
export function otherEndAllowsSome(ends: Ends, { direction, from, to }: Flow): boolean {
  const [sender, receiver] = [ends(from), ends(to)];
  const ports =
    direction === 'Egress'
      ? allowedPortsBetween({ ...sender, isolations: open }, receiver)
      : allowedPortsBetween(sender, { ...receiver, isolations: open });
  return !isNoPort(ports);
}

/** The end that the edge was declared for. */
export function nearOf(verdict: Verdict, direction: Direction): DirectionVerdict {
  return direction === 'Egress' ? verdict.egress : verdict.ingress;
}

export function farOf(verdict: Verdict, direction: Direction): DirectionVerdict {
  return nearOf(verdict, opposite(direction));
}

/** Whether a rule of ours is among those that let a flow through at this end. */
export function isHeldByUs(
  world: World,
  subject: Subject,
  { allowed, by }: DirectionVerdict,
): boolean {
  return allowed && by.some((rule) => isOurs(world, subject, rule));
}

/** Whether an end lets anyone in: nothing isolates it, or what does is exempted from. */
export function isOpen(
  world: World,
  subject: Subject,
  { isolated, by }: DirectionVerdict,
): boolean {
  const policies = by.flatMap((rule) => policyNamed(world, subject, rule) ?? []);
  return !isolated || policies.some(isExempt);
}
