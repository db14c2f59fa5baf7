import type { Compiled } from '../compile/compile.ts';
import type { Edge, EdgeTarget } from '../model/edge.ts';
import {
  type EdgeState,
  type EdgeStateName,
  isReady,
  type JudgedEdge,
} from '../model/edge-state.ts';
import type { FindingCode, Problem } from '../model/finding.ts';
import { keyOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import type { ContainerPort } from '../model/records.ts';
import type { Verdict } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import type { World } from '../world/world.ts';
import { unenforced, type WouldBe, wouldBeIn } from './audit.ts';
import {
  decide,
  type Ends,
  endsOver,
  type Flow,
  farOf,
  isHeldByUs,
  isOpen,
  nearOf,
} from './flow.ts';
import { declaredAlsoBy } from './mutual.ts';
import { farParty, type Subject, sourceOf, subjectsOf, wantedSource } from './parties.ts';
import { refusedState } from './refusal.ts';
import { notWritten, single, worst } from './state.ts';
import { neighboursOf, onHostOnly, writtenRules } from './wide.ts';

/** Problems that keep an entry from being a rule, and the state that each gives its edge. */
const stateOfProblem: Partial<Record<FindingCode, EdgeStateName>> = {
  TargetNotFound: 'Pending',
  NamespaceNotFound: 'Pending',
  ServiceHasNoSelector: 'Pending',
  PortNotFound: 'Pending',
  HostNetworkPeer: 'Pending',
  OverlapsCluster: 'Refused',
  NoSelectableLabels: 'Refused',
  VetoedByNone: 'Refused',
  PartyUnknown: 'Pending',
  HostNotResolved: 'Pending',
  InternalAddress: 'Refused',
  SourceUnknown: 'Unenforced',
  EngineCannot: 'Unenforced',
  CrossEnvironment: 'Refused',
};

/**
 * The state of one edge, as `reach` judges the flow over the live policies of the world, ours and
 * foreign. Of several subjects, destinations and problems the worst counts, and the message says
 * of how many. An edge of which nothing can be judged is Pending, never Allowed.
 */
export function judgeEdge(world: World, edge: Edge): EdgeState {
  return judgeIn(courtOf(world), edge);
}

/** In audit the state says so, and what it would be. */
function judgeIn(court: Court, edge: Edge): EdgeState {
  const subjects = subjectsOf(court.world, edge, court.wouldBe);
  const audited = subjects.filter(({ wouldBe }) => wouldBe !== undefined);
  const whole =
    subjects.length > 0
      ? audited.length === subjects.length
      : court.wouldBe(keyOf(edge.source), edge.source.namespace) !== undefined;
  if (whole) return unenforced(judgeFor(court, edge, subjects));
  if (audited.length === 0) return judgeFor(court, edge, subjects);
  const state = unenforced(judgeFor(court, edge, audited));
  return { ...state, share: [audited.length, subjects.length] };
}

function judgeFor(court: Court, edge: Edge, subjects: readonly Subject[]): EdgeState {
  const { world } = court;
  const problems = edge.problems.flatMap((problem) => stateOf(problem) ?? []);
  if (edge.veto !== undefined) return worst(problems, notWritten);
  if (subjects.length === 0) return worst(problems, missingSubject(world, edge));
  const states = subjects.flatMap((subject) => {
    const own = courtFor(court, subject);
    const each = edge.targets.flatMap((target) => judgeTarget(own, { edge, subject, target }));
    const agreed = isForWhoeverAgrees(edge) ? each.filter(isReady) : [];
    return agreed.length > 0 ? agreed : each;
  });
  const state = worst([...problems, ...states], notJudged(world, edge, subjects));
  const assumed = subjects.every(({ workload }) => workload === undefined);
  const allowed = state.state === 'Allowed' || state.state === 'Open';
  return assumed && allowed ? { ...state, reason: noWorkloadMatches } : state;
}

/**
 * Whether an entry is for whoever is there and agrees: one for several namespaces, and one that lets many
 * in. A database somewhere that says none is no news to who may talk to the whole cluster.
 */
function isForWhoeverAgrees({ direction, targets }: Edge): boolean {
  return targets.every(
    ({ workload, peer, namespace }) =>
      workload === undefined &&
      peer.ipBlock === undefined &&
      (direction === 'Ingress' || namespace === undefined),
  );
}

/**
 * Judges some edges, each with those who declare it from its other end. `known` is what one key
 * compiles to, where that has been found already.
 */
export function judgeEdges(
  world: World,
  edges: readonly Edge[],
  known?: Pick<Compiled, 'key' | 'policies'>,
): JudgedEdge[] {
  const court = courtOf(world, known);
  return edges.map((edge) => ({
    edge,
    state: judgeIn(court, edge),
    alsoDeclaredBy: declaredAlsoBy(world, edge),
  }));
}

/** What edges are judged over: the world's live policies, and those that are wanted. */
interface Court {
  readonly world: World;
  readonly live: Ends;
  readonly wanted: Ends;
  readonly wouldBe: WouldBe;
}

function courtOf(world: World, known?: Pick<Compiled, 'key' | 'policies'>): Court {
  const live = endsOver(sourceOf(world));
  const wanted = endsOver(wantedSource(world, known));
  return { world, live, wanted, wouldBe: wouldBeIn(world) };
}

/** A subject in audit is judged as if it were enforced. */
function courtFor(court: Court, subject: Subject): Court {
  const { wouldBe, workload } = subject;
  if (wouldBe === undefined) return court;
  const { world } = court;
  const live = endsOver(sourceOf(world, subject));
  const known = workload && { key: workload.key, policies: wouldBe };
  return { ...court, live, wanted: endsOver(wantedSource(world, known)) };
}

/** One end for whom an edge was declared, and one destination. */
interface Case {
  readonly edge: Edge;
  readonly subject: Subject;
  readonly target: EdgeTarget;
}

const noWorkloadMatches: Problem = { code: 'NoWorkloadMatches', data: {} };

function stateOf(problem: Problem): EdgeState | undefined {
  const state = stateOfProblem[problem.code];
  return state && single(state, problem);
}

function missingSubject(world: World, { source, subjects }: Edge): Problem {
  const key = keyOf(source);
  const subject = world.resource(key)?.intent.subject;
  if (subject?.type === 'selector') {
    const live = world.state(source.namespace)?.policiesFor(key).size ?? 0;
    return live > 0 ? noWorkloadMatches : notWritten;
  }
  const { namespace } = source;
  const named = subject?.type === 'workload' ? keyOf({ ...subject, namespace }) : undefined;
  return { code: 'WorkloadNotFound', data: { workload: named ?? subjects[0] ?? key } };
}

/** Why nothing of an edge could be judged: it has no rule, or ports that no known pod has. */
function notJudged(world: World, edge: Edge, subjects: readonly Subject[]): Problem {
  const { targets, direction, text } = edge;
  if (targets.length === 0) return edge.problems[0] ?? notWritten;
  const egress = direction === 'Egress';
  if (!egress && subjects.every(({ workload }) => workload === undefined)) return noWorkloadMatches;
  const declared = egress
    ? targets.flatMap((target) => portsThere(world, subjects, edge, target))
    : subjects.flatMap(({ pod }) => pod.ports ?? []);
  const known = new Set(declared.map(({ name, port }) => name ?? `${port}`));
  const wanted = new Set(
    targets.flatMap(({ ports }) => (ports === 'all' ? [] : ports.map(({ port }) => `${port}`))),
  );
  const data = { text, port: [...wanted].join(', '), known: [...known].join(', ') };
  return { code: 'PortNotFound', data };
}

function portsThere(
  world: World,
  subjects: readonly Subject[],
  edge: Edge,
  target: EdgeTarget,
): readonly ContainerPort[] {
  const far = farParty(world, target);
  if (far !== undefined) return 'address' in far ? [] : (far.ports ?? []);
  const [subject] = subjects;
  const there = subject === undefined ? [] : neighboursOf(world, subject, edge, target);
  return there.flatMap(({ record }) => record.ports);
}

/** The states of one destination; none where it lacks every port, so that nothing can be judged. */
function judgeTarget(court: Court, one: Case): readonly EdgeState[] {
  const { pod, workload } = one.subject;
  if (pod.hostNetwork) {
    const data = { workload: workload?.key ?? '' };
    return [single('Unenforced', { code: 'HostNetwork', data })];
  }
  if (workload !== undefined && selectsEverything(workload.record.selector)) {
    const data = { text: one.edge.text, workload: workload.key };
    return [single('Refused', { code: 'NoSelectableLabels', data })];
  }
  const onHost = onHostOnly(court.world, one.subject, one.edge.direction, one.target);
  if (onHost !== undefined) {
    const data = { text: one.edge.text, workload: onHost.key };
    return [single('Pending', { code: 'HostNetworkPeer', data })];
  }
  const far = farParty(court.world, one.target);
  return far === undefined ? judgeWide(court, one) : judgeFlow(court, one, far);
}

/**
 * A destination for which no single pod can stand: this end must have written it, and the workloads
 * that stand for it must agree. Where none is known, only this end is judged.
 */
function judgeWide(court: Court, one: Case): readonly EdgeState[] {
  const { edge, subject, target } = one;
  if (writtenRules(court.world, subject, edge.direction, target).length === 0) {
    return [single('Pending', notWritten)];
  }
  const neighbours = neighboursOf(court.world, subject, edge, target);
  if (neighbours.length > 0) {
    return neighbours.flatMap(({ key: workload, record }) => {
      const { namespace } = record.ref;
      return judgeTarget(court, { ...one, target: { ...target, namespace, workload } });
    });
  }
  // Of the peers that environments make of one entry, one that nobody is behind says nothing.
  const isKnown = (each: EdgeTarget) => neighboursOf(court.world, subject, edge, each).length > 0;
  if (target.namespace === undefined && edge.targets.some(isKnown)) return [];
  const { namespace = '' } = target;
  const unknown = namespace === subject.pod.namespace ? '' : namespace;
  return [single('Allowed', { code: 'ThisEndAllows', data: { unknown } })];
}

/**
 *   our policy at this end   the other end         state
 *   holds it                 does not isolate      Open
 *   holds it                 allows it             Allowed
 *   anything else                                  see `refusedState`: Pending while only a write is
 *                                                  missing, else whoever decided against it
 */
function judgeFlow({ world, live, wanted }: Court, one: Case, far: Party): readonly EdgeState[] {
  const { direction } = one.edge;
  const { pod } = one.subject;
  const [from, to] = direction === 'Egress' ? [pod, far] : [far, pod];
  const flow: Flow = { ...one, direction, from, to };
  const holds = (each: Verdict) =>
    each.allowed && isHeldByUs(world, one.subject, nearOf(each, direction));
  const verdict = decide(live, flow, holds);
  if (verdict === undefined) return [];
  if (!holds(verdict)) return [refusedState(world, flow, wanted)];
  // Addresses are nobody's to isolate, so only pods can be open.
  const outside = one.target.peer.ipBlock !== undefined;
  const open = !outside && isOpen(world, one.subject, farOf(verdict, direction));
  const state = open ? 'Open' : 'Allowed';
  return [single(state, { code: state, data: {} })];
}
