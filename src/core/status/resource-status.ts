import { formatPort } from '../intent/format.ts';
import type { Edge } from '../model/edge.ts';
import type { EdgeState } from '../model/edge-state.ts';
import type { Finding } from '../model/finding.ts';
import type { Direction } from '../model/policy.ts';
import { messageWithFate } from './fate.ts';
import { messageOf, severityOf } from './messages.ts';
import { type Status, statusBounds } from './schema.ts';
import { shorten } from './text.ts';

/** What the status of a resource is made from. */
export interface StatusInput {
  readonly generation: number;
  readonly accepted: boolean;
  readonly findings: readonly Finding[];
  readonly isolated: ReadonlySet<Direction>;
  readonly edges: readonly (readonly [Edge, EdgeState])[];
  /** The policy that holds the edges, where it is wanted. */
  readonly policy?: string;
  /** Whether the live policies are the wanted ones. */
  readonly programmed: boolean;
}

type Condition = NonNullable<Status['conditions']>[number];
type StatusEdge = NonNullable<Status['edges']>[number];

const isReady = ({ state }: EdgeState) => state === 'Allowed' || state === 'Open';

/**
 * The status of a resource, bounded as the CRD demands; edges that need a person come first when
 * some have to be left out. In: what was judged, the conditions as they are live, and the time (RFC
 * 3339) for those that change. Same input, same output.
 */
export function statusOf(input: StatusInput, live: readonly Condition[], time: string): Status {
  const ready = input.edges.filter(([, state]) => isReady(state)).length;
  const total = input.edges.length;
  const ordered = [...input.edges].sort(([, a], [, b]) => Number(isReady(a)) - Number(isReady(b)));
  const kept = total > statusBounds.edges ? ordered.slice(0, statusBounds.edges) : input.edges;
  return {
    observedGeneration: input.generation,
    isolation: { ingress: input.isolated.has('Ingress'), egress: input.isolated.has('Egress') },
    edges: kept.map(([edge, state]) => edgeStatus(edge, state, input.policy)),
    edgesReady: ready,
    edgesTotal: total,
    summary: `${ready}/${total}`,
    conditions: conditionsOf(input, total > kept.length).map((condition) =>
      dated({ ...condition, observedGeneration: input.generation }, live, time),
    ),
  };
}

function edgeStatus(edge: Edge, { state, reason, share }: EdgeState, policy?: string): StatusEdge {
  const [alike, all] = share;
  const sentence = messageOf(reason);
  const message = all > 1 && state !== 'Allowed' ? `${sentence} (${alike} of ${all})` : sentence;
  const ports = portsOf(edge).slice(0, statusBounds.ports);
  return {
    direction: edge.direction,
    peer: shorten(edge.text, statusBounds.text),
    ...(ports.length > 0 && { ports }),
    source: `${edge.source.kind}/${edge.source.name}`,
    state,
    reason: reason.code,
    ...(message !== '' && { message: shorten(message, statusBounds.message) }),
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

type Undated = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

/** Gateway API's words for the parts, and kstatus' words for tools that wait. */
function conditionsOf(input: StatusInput, truncated: boolean): Undated[] {
  const invalid = input.findings.find(({ code }) => severityOf(code) === 'error');
  const unresolved = input.findings.find(({ code }) => severityOf(code) === 'warning');
  const accepted = input.accepted && invalid === undefined;
  const settled = accepted && input.programmed;
  const missing = input.findings.find(({ code }) => code === 'WorkloadNotFound');
  const waits = missing?.code ?? 'NotWritten';
  const waiting = missing === undefined ? 'its policies are being written' : messageOf(missing);
  const text = (finding: Finding | undefined) =>
    finding === undefined ? '' : messageWithFate(finding, input.findings);
  const ready = input.edges.filter(([, state]) => isReady(state)).length;
  const share = `${ready} of ${input.edges.length} edges are allowed`;
  const cut = truncated ? 'the list of edges is cut to those that need a person first' : '';
  return [
    accepted
      ? condition('Accepted', true, 'Accepted', '')
      : condition('Accepted', false, 'InvalidDeclaration', text(invalid)),
    unresolved === undefined
      ? condition('ResolvedRefs', true, 'ResolvedRefs', '')
      : condition('ResolvedRefs', false, unresolved.code, text(unresolved)),
    input.programmed
      ? condition('Programmed', true, 'Programmed', cut)
      : condition('Programmed', false, waits, waiting),
    settled
      ? condition('Ready', true, 'Ready', share)
      : condition(
          'Ready',
          false,
          accepted ? waits : 'InvalidDeclaration',
          accepted ? waiting : text(invalid),
        ),
    condition('Reconciling', accepted && !input.programmed, 'Reconciling', ''),
    condition('Stalled', !accepted, accepted ? 'NotStalled' : 'InvalidDeclaration', text(invalid)),
  ];
}

function condition(type: string, holds: boolean, reason: string, message: string): Undated {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

/** The time of a condition is that of its last change of status, so an equal one keeps its own. */
function dated(
  condition: Omit<Condition, 'lastTransitionTime'>,
  live: readonly Condition[],
  time: string,
): Condition {
  const before = live.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : time;
  return { ...condition, lastTransitionTime };
}
