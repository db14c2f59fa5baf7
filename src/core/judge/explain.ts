import { compile, edgesAbout, edgesAllowedTo } from '../compile/compile.ts';
import type { Declaration } from '../model/declaration.ts';
import type { Edge } from '../model/edge.ts';
import { isReady, type JudgedEdge } from '../model/edge-state.ts';
import type { Finding } from '../model/finding.ts';
import type { Key } from '../model/identity.ts';
import { partsOf } from '../model/identity.ts';
import { type Direction, directions, type Protocol } from '../model/policy.ts';
import { type Grants, grantsBetween } from '../reach/allowed-ports.ts';
import { type Endpoint, endpointOf } from '../reach/endpoint.ts';
import { judgeBetween } from '../reach/judge.ts';
import type { RuleRef } from '../reach/rules.ts';
import type { Workload } from '../world/namespace-state.ts';
import { declarationsOf, denyDirections, isAudited } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { judgeEdges } from './judge.ts';
import { farParty, isOurs, podOf, portsToJudge, sourceOf } from './parties.ts';
import { writtenRules } from './wide.ts';

/** How a workload stands in one direction, and why. */
export interface Isolation {
  readonly direction: Direction;
  /** The live policies that isolate it; none: it is open in this direction. */
  readonly policies: readonly (RuleRef & { readonly ours: boolean })[];
  /** What it says itself in this direction, or resources say about it. */
  readonly declarations: readonly Declaration[];
  /** Its namespace is default-deny in this direction. */
  readonly isDenied: boolean;
}

/**
 * An edge with its state, and the rules at either end that let its first port through; for every port,
 * those that let any through. For an entry that means many, the rules at its own end.
 */
export interface CarriedEdge extends JudgedEdge {
  readonly carriers: readonly { readonly rule: RuleRef; readonly direction: Direction }[];
}

/** All there is to know about the connections of one workload. */
export interface Explanation {
  readonly key: Key;
  readonly isAudited: boolean;
  readonly isolation: readonly Isolation[];
  /** What it says itself, and resources say about it. */
  readonly own: readonly CarriedEdge[];
  /** What others say that names it. */
  readonly others: readonly CarriedEdge[];
  /** What it is allowed although nobody declares it. */
  readonly allowed: readonly CarriedEdge[];
  readonly findings: readonly Finding[];
}

/**
 * Explains a workload over the live policies of the world; undefined where there is none of that key.
 * Compiles every key, to find those who name it.
 */
export function explain(world: World, key: Key): Explanation | undefined {
  const state = world.state(partsOf(key).namespace);
  const workload = state?.workloads.get(key);
  if (state === undefined || workload === undefined) return undefined;
  const end = liveEndOf(world, workload);
  const about = edgesAbout(world, state, workload);
  const naming = edgesNaming(world, workload);
  const compiled = compile(world, key);
  return {
    key,
    isAudited: isAudited(state, workload),
    isolation: directions.map((direction) => ({
      direction,
      policies: end.isolations[direction].map(({ ref }) => ({
        ...ref,
        ours: isOurs(world, {}, ref),
      })),
      declarations: declarationsOf(state, workload, direction),
      isDenied: denyDirections(state).has(direction),
    })),
    own: carried(world, judgeEdges(world, about, compiled)),
    others: carried(world, judgeEdges(world, naming, compiled)),
    allowed: carried(world, judgeEdges(world, edgesAllowedTo(world, state, workload), compiled)),
    findings: compiled.findings,
  };
}

/** The edges that others declare and that lead to the workload, or come from it, by who declares them. */
function edgesNaming(world: World, workload: Workload): Edge[] {
  const all = [...world.keys()]
    .sort()
    .flatMap((key) => (key === workload.key ? [] : compile(world, key).edges));
  return all.filter(
    ({ targets, subjects, allowance }) =>
      allowance === undefined &&
      targets.some((target) => target.workload === workload.key) &&
      !subjects.includes(workload.key),
  );
}

function carried(world: World, edges: readonly JudgedEdge[]): CarriedEdge[] {
  return edges.map((judged) => ({ ...judged, carriers: carriersOf(world, judged) }));
}

/** Of several subjects and targets the first, which stands for the others. */
function carriersOf(world: World, { edge, state }: JudgedEdge): CarriedEdge['carriers'] {
  const { direction } = edge;
  const [subject] = edge.subjects.flatMap((key) => world.workload(key) ?? []);
  const [target] = edge.targets;
  if (subject === undefined || target === undefined) return [];
  const far = farParty(world, target);
  if (far === undefined) {
    if (!isReady(state)) return [];
    const pod = podOf(subject);
    const rules = writtenRules(world, { pod, workload: subject }, direction, target);
    return rules.map((rule) => ({ rule, direction }));
  }
  const [near, there] = [liveEndOf(world, subject), endpointOf(sourceOf(world), far)];
  const [from, to]: [Endpoint, Endpoint] = direction === 'Egress' ? [near, there] : [there, near];
  const receiver = direction === 'Egress' ? far : podOf(subject);
  const [first] = target.ports === 'all' ? [] : portsToJudge(target.ports, receiver);
  const grants = first === undefined ? grantsBetween(from, to) : grantsOn(from, to, ...first);
  return (['Egress', 'Ingress'] as const).flatMap((side) =>
    (grants[side] ?? []).map((rule) => ({ rule, direction: side })),
  );
}

function grantsOn(from: Endpoint, to: Endpoint, port: number, protocol: Protocol): Grants {
  const { allowed, egress, ingress } = judgeBetween(from, to, port, protocol);
  return { Egress: allowed ? egress.by : [], Ingress: allowed ? ingress.by : [] };
}

/** A workload as an end of connections over the live policies. */
export function liveEndOf(world: World, workload: Workload): Endpoint {
  return endpointOf(sourceOf(world), podOf(workload));
}
