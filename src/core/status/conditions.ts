import { isReady, type JudgedEdge } from '../model/edge-state.ts';
import type { Finding } from '../model/finding.ts';
import { messageWithFate } from './fate.ts';
import { messageOf, severityOf } from './messages.ts';
import { type Status, statusBounds } from './schema.ts';
import { shorten } from './text.ts';

/**
 * Whether the live policies are the wanted ones; else why not, in CamelCase and in a sentence.
 * `stalled`: it does not go on by itself, somebody has to act.
 */
export type Programmed =
  | { readonly done: true; readonly reason?: string; readonly message?: string }
  | {
      readonly done: false;
      readonly reason: string;
      readonly message: string;
      readonly stalled?: boolean;
    };

export type Condition = NonNullable<Status['conditions']>[number];

/** What the conditions of a resource follow from. */
export interface ConditionInput {
  /** Whether its text could be read. */
  readonly accepted: boolean;
  readonly findings: readonly Finding[];
  readonly edges: readonly JudgedEdge[];
  readonly programmed: Programmed;
  /** Edges were left out of the status. */
  readonly truncated: boolean;
}

type Undated = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * Gateway API's words for the parts, and kstatus' words for tools that wait:
 *
 *   the resource       Accepted   Programmed   Ready   Reconciling   Stalled
 *   invalid            False      either       False   False         True
 *   being written      True       False        False   True          False
 *   needs a person     True       False        False   False         True
 *   written            True       True         True    False         False
 *
 * Ready is about this resource alone: an edge that waits for somebody else, or that somebody refuses,
 * does not make it unready, or no rollout of two apps that talk to each other could ever begin.
 * ResolvedRefs and the edges tell of those.
 */
export function conditionsOf(input: ConditionInput): Undated[] {
  const { findings, programmed } = input;
  const invalid = ofSeverity(findings, 'error');
  const unresolved = ofSeverity(findings, 'warning');
  const accepted = input.accepted && invalid.length === 0;
  const wrong = sentences(invalid, findings);
  const stopped = accepted ? notWritten(programmed) : whyInvalid(wrong);
  const stalled = stopped?.stalled === true;
  return [
    accepted
      ? condition('Accepted', true, 'Accepted', '')
      : condition('Accepted', false, 'InvalidDeclaration', wrong),
    unresolved.length === 0
      ? condition('ResolvedRefs', true, 'ResolvedRefs', '')
      : condition(
          'ResolvedRefs',
          false,
          unresolved[0]?.code ?? '',
          sentences(unresolved, findings),
        ),
    programmed.done
      ? condition('Programmed', true, programmed.reason ?? 'Programmed', programmed.message ?? '')
      : condition('Programmed', false, programmed.reason, programmed.message),
    stopped === undefined
      ? condition('Ready', true, 'Ready', howReady(input))
      : condition('Ready', false, stopped.reason, stopped.message),
    condition('Reconciling', stopped !== undefined && !stalled, 'Reconciling', ''),
    stalled
      ? condition('Stalled', true, stopped.reason, stopped.message)
      : condition('Stalled', false, 'NotStalled', ''),
  ];
}

/** The time of a condition is that of its last change of status, so an equal one keeps its own. */
export function dated(
  undated: Undated,
  live: readonly Condition[],
  { generation, time }: { readonly generation: number; readonly time: string },
): Condition {
  const before = live.find(({ type }) => type === undated.type);
  const lastTransitionTime = before?.status === undated.status ? before.lastTransitionTime : time;
  return { ...undated, lastTransitionTime, observedGeneration: generation };
}

type Unwritten = Extract<Programmed, { done: false }>;

function notWritten(programmed: Programmed): Unwritten | undefined {
  return programmed.done ? undefined : programmed;
}

function whyInvalid(message: string): Unwritten {
  return { done: false, reason: 'InvalidDeclaration', message, stalled: true };
}

/** How many edges are allowed, and the first that is not. */
function howReady({ edges, truncated }: ConditionInput): string {
  const waiting = edges.filter(({ state }) => !isReady(state));
  const [first] = waiting;
  const share = `${edges.length - waiting.length} of ${edges.length} edges are allowed`;
  const next =
    first && `; first of the others: ${first.edge.text}: ${messageOf(first.state.reason)}`;
  const cut = truncated ? '; the list of edges is cut to those that need a person first' : '';
  return `${share}${cut}${next ?? ''}`;
}

function ofSeverity(findings: readonly Finding[], severity: string): Finding[] {
  return findings.filter(({ code }) => severityOf(code) === severity);
}

/** The sentence of the first finding, with what becomes of its text, and how many more there are. */
function sentences([first, ...more]: readonly Finding[], all: readonly Finding[]): string {
  if (first === undefined) return '';
  return `${messageWithFate(first, all)}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;
}

function condition(type: string, holds: boolean, reason: string, message: string): Undated {
  const status = holds ? 'True' : 'False';
  return { type, status, reason, message: shorten(message, statusBounds.message) };
}
