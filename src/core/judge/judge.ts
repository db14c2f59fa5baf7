import type { Edge, EdgeTarget } from '../model/edge.ts';
import type { EdgeState, EdgeStateName } from '../model/edge-state.ts';
import type { FindingCode, Problem } from '../model/finding.ts';
import { keyOf } from '../model/identity.ts';
import { isExempt } from '../model/policy.ts';
import { allowedPorts } from '../reach/allowed-ports.ts';
import { type DirectionVerdict, judge, type Verdict } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import { isNoPort } from '../reach/port-set.ts';
import { modeOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { unenforced, wouldBeIn } from './audit.ts';
import {
  farParty,
  policiesNamed,
  portsToJudge,
  type Subject,
  sourceOf,
  subjectsOf,
} from './parties.ts';
import { type Flow, farOf, notWritten, refusedState, single, worst } from './refusal.ts';
import { isWritten, neighboursOf } from './wide.ts';

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
};

/**
 * The state of one edge, as `reach` judges the flow over the live policies of the world, ours and
 * foreign. Of several subjects, destinations and problems the worst counts, and the message says
 * of how many. An edge of which nothing can be judged is Pending, never Allowed. In audit the state
 * says so, and what it would be. `wouldBe` may be shared between the edges of one moment.
 */
export function judgeEdge(world: World, edge: Edge, wouldBe = wouldBeIn(world)): EdgeState {
  const subjects = subjectsOf(world, edge, wouldBe);
  const audited = subjects.filter((subject) => subject.wouldBe !== undefined);
  const { namespace } = edge.source;
  const whole =
    subjects.length > 0
      ? audited.length === subjects.length
      : wouldBe(keyOf(edge.source), namespace) !== undefined;
  if (whole) return unenforced(judgeFor(world, edge, subjects));
  if (audited.length === 0) return judgeFor(world, edge, subjects);
  const state = unenforced(judgeFor(world, edge, audited));
  return { ...state, share: [audited.length, subjects.length] };
}

function judgeFor(world: World, edge: Edge, subjects: readonly Subject[]): EdgeState {
  const problems = edge.problems.flatMap((problem) => stateOf(problem) ?? []);
  if (edge.veto !== undefined) return worst(problems, notWritten);
  if (subjects.length === 0) return worst(problems, missingSubject(world, edge));
  const states = subjects.flatMap((subject) =>
    edge.targets.flatMap((target) => judgeTarget(world, edge, subject, target)),
  );
  const state = worst([...problems, ...states], notJudged(world, edge, subjects));
  const assumed = subjects.every(({ workload }) => workload === undefined);
  const allowed = state.state === 'Allowed' || state.state === 'Open';
  return assumed && allowed ? { ...state, reason: noWorkloadMatches } : state;
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
    const state = world.state(source.namespace);
    const live = (state?.policiesFor(key).size ?? 0) > 0;
    const audited = state !== undefined && modeOf(state) === 'audit';
    return live || audited ? noWorkloadMatches : notWritten;
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
  const parties = egress
    ? targets.flatMap((target) => farParty(world, target) ?? [])
    : subjects.map(({ pod }) => pod);
  const declared = parties.flatMap((party) => ('address' in party ? [] : (party.ports ?? [])));
  const known = new Set(declared.map(({ name, port }) => name ?? `${port}`));
  const wanted = new Set(
    targets.flatMap(({ ports }) => (ports === 'all' ? [] : ports.map(({ port }) => `${port}`))),
  );
  const data = { text, port: [...wanted].join(', '), known: [...known].join(', ') };
  return { code: 'PortNotFound', data };
}

/** The states of one destination; none where it lacks every port, so that nothing can be judged. */
function judgeTarget(
  world: World,
  edge: Edge,
  subject: Subject,
  target: EdgeTarget,
): readonly EdgeState[] {
  const { pod, workload } = subject;
  if (pod.hostNetwork) {
    const data = { workload: workload?.key ?? '' };
    return [single('Unenforced', { code: 'HostNetwork', data })];
  }
  const far = farParty(world, target);
  return far === undefined
    ? judgeWide(world, edge, subject, target)
    : judgeFlow(world, edge, subject, target, far);
}

/**
 * A destination for which no single pod can stand: this end must have written it, and of another
 * namespace the known workloads must agree. Where none is known, only this end is judged.
 */
function judgeWide(
  world: World,
  edge: Edge,
  subject: Subject,
  target: EdgeTarget,
): readonly EdgeState[] {
  if (!isWritten(world, subject, edge.direction, target)) return [single('Pending', notWritten)];
  const neighbours = neighboursOf(world, subject, target);
  if (neighbours.length > 0) {
    return neighbours.flatMap(({ key }) =>
      judgeTarget(world, edge, subject, { ...target, workload: key }),
    );
  }
  const { namespace = '' } = target;
  const unknown = namespace === subject.pod.namespace ? '' : namespace;
  return [single('Allowed', { code: 'ThisEndAllows', data: { unknown } })];
}

function judgeFlow(
  world: World,
  edge: Edge,
  subject: Subject,
  target: EdgeTarget,
  far: Party,
): readonly EdgeState[] {
  const { direction } = edge;
  const [from, to] = direction === 'Egress' ? [subject.pod, far] : [far, subject.pod];
  const flow = { edge, direction, subject, target, from, to };
  if (target.ports === 'all') return [judgeAllPorts(world, flow)];
  const source = sourceOf(world, subject);
  const verdicts = portsToJudge(target.ports, to).map(([port, protocol]) =>
    judge(source, from, to, port, protocol),
  );
  if (verdicts.length === 0) return [];
  const refused = verdicts.find(({ allowed }) => !allowed);
  return [
    refused === undefined
      ? allowedState(world, verdicts, flow)
      : refusedState(world, flow, refused),
  ];
}

/** An entry without ports leaves the choice to the other end: it holds if any port is allowed. */
function judgeAllPorts(world: World, flow: Flow): EdgeState {
  const source = sourceOf(world, flow.subject);
  const verdict = judge(source, flow.from, flow.to, 65535, 'TCP');
  const some = verdict.allowed || !isNoPort(allowedPorts(source, flow.from, flow.to));
  return some ? allowedState(world, [verdict], flow) : refusedState(world, flow, verdict);
}

/** Addresses are nobody's to isolate, so only pods can be open; so are those that are exempt. */
function allowedState(
  world: World,
  verdicts: readonly Verdict[],
  { direction, subject, target }: Flow,
): EdgeState {
  const outside = target.peer.ipBlock !== undefined;
  const open =
    !outside && verdicts.every((verdict) => isOpen(world, subject, farOf(verdict, direction)));
  const state = open ? 'Open' : 'Allowed';
  return single(state, { code: state, data: {} });
}

function isOpen(world: World, subject: Subject, { isolated, by }: DirectionVerdict): boolean {
  return !isolated || policiesNamed(world, subject, by).some(isExempt);
}
