import { isReady, type JudgedEdge } from '../model/edge-state.ts';
import type { Finding } from '../model/finding.ts';
import { placeOf, setsNoneAside } from './events.ts';
import { messageOf, severityOf } from './messages.ts';
import { explainState } from './resource-status.ts';
import { shorten } from './text.ts';

export const attentionBounds = { lines: 10, characters: 1024, line: 400 } as const;

/**
 * What of a workload needs a person, one line each: texts that cannot be read, a none that does not
 * hold for all of its pods, then edges that are not allowed. Undefined when nothing does. An edge that only waits for a write of ours needs nobody.
 * At most 10 lines and 1024 characters; what is left out is counted. Same input, same output.
 */
export function attentionOf(
  edges: readonly JudgedEdge[],
  findings: readonly Finding[],
): string | undefined {
  const needing = findings.filter(
    (each) => severityOf(each.code) === 'error' || setsNoneAside(each),
  );
  const lines = new Set([
    ...needing.map((finding) => `${placeOf(finding)}: ${messageOf(finding)}`),
    ...edges.filter(needsPerson).map(lineOf),
  ]);
  return lines.size === 0
    ? undefined
    : cut([...lines].map((line) => shorten(line, attentionBounds.line)));
}

function needsPerson({ state }: JudgedEdge): boolean {
  return !isReady(state) && state.reason.code !== 'NotWritten';
}

function lineOf({ edge, state }: JudgedEdge): string {
  const key = edge.allowance ?? (edge.direction === 'Egress' ? 'talks-to' : 'accepts-from');
  return `${key} ${edge.text}: ${state.state}/${state.reason.code}: ${explainState(state)}`;
}

/** As many lines as there is room for, with room kept to say how many are missing. */
function cut(lines: readonly string[]): string {
  const { lines: most, characters } = attentionBounds;
  const whole = lines.join('\n');
  if (lines.length <= most && whole.length <= characters) return whole;
  for (let kept = most - 1; kept > 0; kept--) {
    const text = [...lines.slice(0, kept), `and ${lines.length - kept} more`].join('\n');
    if (text.length <= characters) return text;
  }
  return `${lines.length} edges need a person; see the status of its resources, or the log`;
}
