import type { Edge, EdgeTarget } from '../model/edge.ts';
import { type EdgeState, type EdgeStateName, edgeStates } from '../model/edge-state.ts';
import type { Problem } from '../model/finding.ts';
import { keyOf } from '../model/identity.ts';
import { type Direction, opposite } from '../model/policy.ts';
import { allowedPorts } from '../reach/allowed-ports.ts';
import type { PolicySource } from '../reach/endpoint.ts';
import type { DirectionVerdict, Verdict } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import { isNoPort } from '../reach/port-set.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { describe, entriesWithPorts, entryFor, hintFor, keyOfOtherEnd } from './hint.ts';
import { isOurs, policiesNamed, type Subject, sourceOf } from './parties.ts';

/** One flow of an edge, from the subject or to it. */
export interface Flow {
  readonly edge: Edge;
  readonly direction: Direction;
  readonly subject: Subject;
  readonly target: EdgeTarget;
  readonly from: Party;
  readonly to: Party;
}

/** A state that speaks for itself alone. */
export function single(state: EdgeStateName, reason: Problem): EdgeState {
  return { state, reason, share: [1, 1] };
}

/** Of several states the worst, with its share; there must be at least one to judge by. */
export function worst(states: readonly EdgeState[], otherwise: Problem): EdgeState {
  const rank = ({ state }: EdgeState) => edgeStates.indexOf(state);
  const [first] = [...states].sort((a, b) => rank(b) - rank(a));
  if (first === undefined) return single('Pending', otherwise);
  const alike = states.filter(({ state }) => state === first.state).length;
  return { ...first, share: [alike, states.length] };
}

export const notWritten: Problem = { code: 'NotWritten', data: {} };

export function farOf(verdict: Verdict, direction: Direction): DirectionVerdict {
  return direction === 'Egress' ? verdict.ingress : verdict.egress;
}

/** Who stops a flow that is not allowed, and what would have to be done. */
export function refusedState(world: World, flow: Flow, verdict: Verdict): EdgeState {
  const near = flow.direction === 'Egress' ? verdict.egress : verdict.ingress;
  const far = farOf(verdict, flow.direction);
  const foreign = foreignAmong(world, flow, near.allowed ? far : near);
  if (foreign !== undefined) {
    return single('Blocked', { code: 'ForeignPolicy', data: { policy: foreign } });
  }
  return near.allowed ? otherEndRefuses(world, flow) : single('Pending', notWritten);
}

function otherEndRefuses(world: World, flow: Flow): EdgeState {
  const { direction, subject, target, edge } = flow;
  const { namespace = '', workload } = target;
  const declared = declaredRefusal(world, flow);
  if (declared !== undefined) return single('Refused', declared);
  const other = workload === undefined ? undefined : world.workload(workload);
  const unknown = edge.problems.find(({ code }) => code === 'NoWorkloadBehind');
  if (other === undefined && unknown !== undefined) return single('Pending', unknown);
  if (namespace === subject.pod.namespace) return single('Pending', notWritten);
  const hint = hintFor(world, direction, subject, target);
  return single('Pending', { code: 'ConsentRequired', data: { namespace, ...hint } });
}

/** What an other end that declares something decided; undefined for a silent one. */
function declaredRefusal(world: World, flow: Flow): Problem | undefined {
  const { direction, subject, target } = flow;
  const there = world.state(target.namespace ?? '');
  const other = target.workload === undefined ? undefined : there?.workloads.get(target.workload);
  if (there === undefined || other === undefined) return undefined;
  const said = declarationsOf(there, other, opposite(direction));
  if (said.length === 0) return undefined;
  const key = keyOfOtherEnd(direction);
  const veto = said.find(({ nobody }) => nobody);
  if (veto !== undefined) {
    const source = describe({ key: keyOf(veto.source) });
    return { code: 'NobodyAccepted', data: { source, key } };
  }
  const data = { other: describe(other), key };
  const some = !isNoPort(allowedPorts(otherEnd(world, flow), flow.from, flow.to));
  return some
    ? {
        code: 'PortMismatch',
        data: { ...data, entry: entriesWithPorts(direction, subject, target) },
      }
    : { code: 'NotAccepted', data: { ...data, entry: entryFor(subject, target) } };
}

function foreignAmong(
  world: World,
  { subject }: Flow,
  { isolated, by }: DirectionVerdict,
): string | undefined {
  if (!isolated || policiesNamed(world, subject, by).some(isOurs)) return undefined;
  const [first] = by;
  return first && `${first.namespace}/${first.name}`;
}

/** The live policies as far as they decide for the other end of a flow. */
function otherEnd(world: World, { direction, subject }: Flow): PolicySource {
  const source = sourceOf(world, subject);
  const theirs = opposite(direction);
  return {
    ...source,
    policiesIn: (namespace, labels) =>
      [...source.policiesIn(namespace, labels)]
        .filter(({ spec }) => spec.policyTypes?.includes(theirs) ?? theirs === 'Ingress')
        .map((policy) => ({ ...policy, spec: { ...policy.spec, policyTypes: [theirs] } })),
  };
}
