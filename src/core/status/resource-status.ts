import { formatPort } from '../intent/format.ts';
import type { Edge } from '../model/edge.ts';
import { type EdgeState, isReady, type JudgedEdge } from '../model/edge-state.ts';
import type { Finding } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import { tellAddresses } from './addresses.ts';
import { type Condition, conditionsOf, dated, type Programmed } from './conditions.ts';
import { messageOf } from './messages.ts';
import { type Status, statusBounds } from './schema.ts';
import { shorten } from './text.ts';

/** What the status of a resource is made from. */
export interface StatusInput {
  readonly generation: number;
  readonly accepted: boolean;
  readonly findings: readonly Finding[];
  readonly isolated: ReadonlySet<Direction>;
  readonly edges: readonly JudgedEdge[];
  /** The policy that holds the edges, where it is wanted. */
  readonly policy?: string;
  readonly programmed: Programmed;
}

type StatusEdge = NonNullable<Status['edges']>[number];

/**
 * The status of a resource, bounded as the CRD demands; edges that need a person come first when
 * some have to be left out. In: what was judged, the conditions as they are live, and the time (RFC
 * 3339) for those that change. Same input, same output.
 */
export function statusOf(input: StatusInput, live: readonly Condition[], time: string): Status {
  const edges = eachOnce(input.edges);
  const total = edges.length;
  const isSettled = ({ state }: JudgedEdge) => Number(isReady(state));
  const ordered = [...edges].sort((a, b) => isSettled(a) - isSettled(b));
  const truncated = total > statusBounds.edges;
  const kept = truncated ? ordered.slice(0, statusBounds.edges) : edges;
  const ready = edges.filter(({ state }) => isReady(state)).length;
  const when = { generation: input.generation, time };
  return {
    observedGeneration: input.generation,
    isolation: { ingress: input.isolated.has('Ingress'), egress: input.isolated.has('Egress') },
    edges: kept.map((each) => edgeStatus(each, input.policy)),
    edgesReady: ready,
    edgesTotal: total,
    summary: `${ready}/${total}`,
    conditions: conditionsOf({ ...input, edges, truncated }).map((each) => dated(each, live, when)),
  };
}

/** A flow that one source declares from both of its ends is one edge, told where it goes out. */
export function eachOnce(edges: readonly JudgedEdge[]): JudgedEdge[] {
  return edges.filter(
    ({ edge, alsoDeclaredBy }) =>
      edge.direction === 'Egress' || !alsoDeclaredBy.some((other) => isSame(other, edge.source)),
  );
}

/** What is to be said about the state of an edge: its sentence, and of how many it is true. */
export function explainState({ state, reason, share }: EdgeState): string {
  const [alike, all] = share;
  const sentence = messageOf(reason);
  return all > 1 && state !== 'Allowed' ? `${sentence} (${alike} of ${all})` : sentence;
}

function edgeStatus({ edge, state, alsoDeclaredBy }: JudgedEdge, policy?: string): StatusEdge {
  const told = [explainState(state), tellAddresses(edge)].filter((text) => text !== '');
  const ports = portsOf(edge).slice(0, statusBounds.ports);
  const { source } = edge;
  const others = alsoDeclaredBy.filter((other) => !isSame(other, source));
  const also = others.slice(0, statusBounds.sources).map((other) => nameFrom(source, other));
  return {
    direction: edge.direction,
    peer: shorten(edge.text, statusBounds.text),
    ...(ports.length > 0 && { ports }),
    source: nameFrom(source, source),
    ...(also.length > 0 && { alsoDeclaredBy: also }),
    state: state.state,
    reason: state.reason.code,
    ...(told.length > 0 && { message: shorten(told.join('; '), statusBounds.message) }),
    ...(policy !== undefined && edge.targets.length > 0 && { policy }),
  };
}

function portsOf({ targets }: Edge): string[] {
  const ports = targets.flatMap((target) => (target.ports === 'all' ? [] : target.ports));
  const texts = ports.map(({ port = '*', endPort, protocol = 'TCP' }) =>
    formatPort({ port, protocol, ...(endPort !== undefined && { endPort }) }),
  );
  return [...new Set(texts)];
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

/** `Kind/name`, with the namespace where it is another one. */
function nameFrom(own: ObjectRef, { kind, namespace, name }: ObjectRef): string {
  const text = namespace === own.namespace ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
  return shorten(text, statusBounds.text);
}
