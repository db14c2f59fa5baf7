import type { Edge, EdgeTarget } from '../model/edge.ts';
import { type EdgeState, type EdgeStateName, edgeStates } from '../model/edge-state.ts';
import type { FindingCode, Problem } from '../model/finding.ts';
import { managedBy, managedByLabel } from '../model/names.ts';
import { type Direction, opposite, type PolicyPort } from '../model/policy.ts';
import { allowedPorts } from '../reach/allowed-ports.ts';
import type { PolicySource } from '../reach/endpoint.ts';
import { type DirectionVerdict, judge, type Verdict } from '../reach/judge.ts';
import type { Party } from '../reach/party.ts';
import { isNoPort } from '../reach/port-set.ts';
import type { Workload } from '../world/namespace-state.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { hintFor } from './hint.ts';

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
 * of how many.
 */
export function judgeEdge(world: World, edge: Edge): EdgeState {
  const problems = edge.problems.flatMap((problem) => stateOf(problem) ?? []);
  if (edge.veto !== undefined) return worst(problems);
  const subjects = edge.subjects.flatMap((key) => world.workload(key) ?? []);
  if (subjects.length === 0 && problems.length === 0) {
    const { kind, namespace, name } = edge.source;
    const data = { workload: `${kind}/${namespace}/${name}` };
    return single('Pending', { code: 'WorkloadNotFound', data });
  }
  const states = subjects.flatMap((subject) =>
    edge.targets.map((target) => judgeTarget(world, edge, subject, target)),
  );
  return worst([...problems, ...states]);
}

function stateOf(problem: Problem): EdgeState | undefined {
  const state = stateOfProblem[problem.code];
  return state && single(state, problem);
}

function single(state: EdgeStateName, reason: Problem): EdgeState {
  return { state, reason, share: [1, 1] };
}

function worst(states: readonly EdgeState[]): EdgeState {
  const rank = ({ state }: EdgeState) => edgeStates.indexOf(state);
  const [first] = [...states].sort((a, b) => rank(b) - rank(a));
  if (first === undefined) return single('Allowed', { code: 'Allowed', data: {} });
  const alike = states.filter(({ state }) => state === first.state).length;
  return { ...first, share: [alike, states.length] };
}

function judgeTarget(world: World, edge: Edge, subject: Workload, target: EdgeTarget): EdgeState {
  const { direction } = edge;
  if (subject.record.hostNetwork) {
    return single('Unenforced', { code: 'HostNetwork', data: { workload: subject.key } });
  }
  const near = podOf(subject);
  const far = farParty(world, target);
  if (far === undefined) return judgeNear(world, subject, direction);
  const [from, to] = direction === 'Egress' ? [near, far] : [far, near];
  const source = sourceOf(world);
  const verdicts = portsToJudge(target.ports, to).map(([port, protocol]) =>
    judge(source, from, to, port, protocol),
  );
  const flow = { edge, direction, subject, target, from, to };
  if (target.ports === 'all') return judgeAllPorts(world, flow);
  const refused = verdicts.find(({ allowed }) => !allowed);
  return refused === undefined ? allowedState(verdicts, flow) : refusedState(world, flow, refused);
}

interface Flow {
  readonly edge: Edge;
  readonly direction: Direction;
  readonly subject: Workload;
  readonly target: EdgeTarget;
  readonly from: Party;
  readonly to: Party;
}

/** An entry without ports leaves the choice to the other end: it holds if any port is allowed. */
function judgeAllPorts(world: World, flow: Flow): EdgeState {
  const source = sourceOf(world);
  const verdict = judge(source, flow.from, flow.to, 65535, 'TCP');
  const some = verdict.allowed || !isNoPort(allowedPorts(source, flow.from, flow.to));
  return some ? allowedState([verdict], flow) : refusedState(world, flow, verdict);
}

/** Addresses are nobody's to isolate, so only pods can be open. */
function allowedState(
  verdicts: readonly Verdict[],
  { direction, target }: Pick<Flow, 'direction' | 'target'>,
): EdgeState {
  const outside = target.peer.ipBlock !== undefined;
  const open =
    !outside &&
    verdicts.length > 0 &&
    verdicts.every((verdict) => !farOf(verdict, direction).isolated);
  const state = open ? 'Open' : 'Allowed';
  return single(state, { code: state, data: {} });
}

function refusedState(world: World, flow: Flow, verdict: Verdict): EdgeState {
  const near = flow.direction === 'Egress' ? verdict.egress : verdict.ingress;
  const far = farOf(verdict, flow.direction);
  const stopped = near.allowed ? far : near;
  const foreign = foreignAmong(world, stopped);
  if (foreign !== undefined) {
    return single('Blocked', { code: 'ForeignPolicy', data: { policy: foreign } });
  }
  if (!near.allowed) return notWritten();
  return otherEndRefuses(world, flow);
}

function otherEndRefuses(world: World, flow: Flow): EdgeState {
  const { direction, subject, target } = flow;
  const { namespace = '' } = target;
  const there = world.state(namespace);
  const other = target.workload === undefined ? undefined : there?.workloads.get(target.workload);
  const declared =
    there !== undefined &&
    other !== undefined &&
    declarationsOf(there, other, opposite(direction)).length > 0;
  if (declared) {
    const { line, where } = hintFor(world, direction, subject, target);
    const some = !isNoPort(allowedPorts(otherEnd(world, direction), flow.from, flow.to));
    const data = { other: target.workload ?? '', line, where };
    return single('Refused', { code: some ? 'PortMismatch' : 'NotAccepted', data });
  }
  const unknown = flow.edge.problems.find(({ code }) => code === 'NoWorkloadBehind');
  if (other === undefined && unknown !== undefined) return single('Pending', unknown);
  if (namespace === subject.record.ref.namespace) return notWritten();
  const hint = hintFor(world, direction, subject, target);
  return single('Pending', { code: 'ConsentRequired', data: { namespace, ...hint } });
}

function notWritten(): EdgeState {
  return single('Pending', { code: 'NotWritten', data: {} });
}

/** Wide and unknown destinations: only whether our own end is written. */
function judgeNear(world: World, subject: Workload, direction: Direction): EdgeState {
  const { record } = subject;
  const policies = [...sourceOf(world).policiesIn(record.ref.namespace, record.labels)];
  const written = policies.some(
    (policy) => isOurs(policy) && policy.spec.policyTypes?.includes(direction) === true,
  );
  return written ? single('Allowed', { code: 'Allowed', data: {} }) : notWritten();
}

function farOf(verdict: Verdict, direction: Direction): DirectionVerdict {
  return direction === 'Egress' ? verdict.ingress : verdict.egress;
}

function foreignAmong(world: World, { isolated, by }: DirectionVerdict): string | undefined {
  if (!isolated) return undefined;
  const policies = by.map(({ namespace, name }) => world.state(namespace)?.policies.get(name));
  if (policies.some((record) => record !== undefined && isOurs(record.policy))) return undefined;
  const [first] = by;
  return first && `${first.namespace}/${first.name}`;
}

function isOurs({
  metadata,
}: {
  metadata: { labels?: Readonly<Record<string, string>> };
}): boolean {
  return metadata.labels?.[managedByLabel] === managedBy;
}

/** The live policies of the world, as `reach` asks for them. */
export function sourceOf(world: World): PolicySource {
  return {
    policiesIn: (namespace, labels) =>
      (world.state(namespace)?.policySelectors.matching(labels) ?? []).map(({ policy }) => policy),
    namespaceLabels: (namespace) => world.existing(namespace)?.object?.record.labels,
  };
}

function podOf({ key, record }: Workload, replica = ''): Party {
  const { labels, ports, ref, hostNetwork } = record;
  return { namespace: ref.namespace, labels, ports, hostNetwork, name: `${key}${replica}` };
}

/** The live policies as far as they decide for the other end of a flow. */
function otherEnd(world: World, direction: Direction): PolicySource {
  const source = sourceOf(world);
  const theirs = opposite(direction);
  return {
    ...source,
    policiesIn: (namespace, labels) =>
      [...source.policiesIn(namespace, labels)]
        .filter(({ spec }) => spec.policyTypes?.includes(theirs) ?? theirs === 'Ingress')
        .map((policy) => ({ ...policy, spec: { ...policy.spec, policyTypes: [theirs] } })),
  };
}

/** A pod or address that stands for a destination; undefined where no single one does. */
function farParty(world: World, { peer, namespace, workload }: EdgeTarget): Party | undefined {
  if (peer.ipBlock !== undefined) return { address: peer.ipBlock.cidr.replace(/\/.*/, '') };
  const known = workload === undefined ? undefined : world.workload(workload);
  if (known !== undefined) return podOf(known, ' (another replica)');
  const labels = peer.podSelector?.matchLabels;
  return namespace === undefined || labels === undefined ? undefined : { namespace, labels };
}

/** One port of each written range or name; names that the destination lacks cannot be judged. */
function portsToJudge(
  ports: 'all' | readonly PolicyPort[],
  to: Party,
): [number, 'TCP' | 'UDP' | 'SCTP'][] {
  if (ports === 'all') return [];
  const declared = 'address' in to ? [] : (to.ports ?? []);
  return ports.flatMap(({ port, protocol = 'TCP' }): [number, typeof protocol][] => {
    if (typeof port === 'number') return [[port, protocol]];
    const named = declared.find((own) => own.name === port && own.protocol === protocol);
    return named === undefined ? [] : [[named.port, protocol]];
  });
}
