import type { Allowed } from '../allow/allowed.ts';
import type { Declaration } from '../model/declaration.ts';
import type { Edge, EdgeTarget } from '../model/edge.ts';
import { type Finding, locate, type Problem } from '../model/finding.ts';
import type { Key, ObjectRef } from '../model/identity.ts';
import type { Direction } from '../model/policy.ts';
import type { Target } from '../resolve/entry.ts';
import type { ResolvedEntry } from './word.ts';

export interface DeclaredEdges {
  readonly edges: readonly Edge[];
  readonly findings: readonly Finding[];
}

/**
 * The edges of what one subject says, and what is to be said about the entries. An entry under a
 * veto keeps its targets, so that the message can name what was refused.
 */
export function edgesOf(
  said: readonly ResolvedEntry[],
  subjects: readonly Key[],
  veto: Declaration | undefined,
): DeclaredEdges {
  const edges: Edge[] = [];
  const findings: Finding[] = [];
  for (const resolved of said) {
    const problems = veto ? [...resolved.problems, vetoed(resolved, veto)] : resolved.problems;
    edges.push(edgeOf({ ...resolved, problems }, subjects, veto));
    const { source } = resolved.declaration;
    findings.push(...problems.map((problem) => locate(problem, source, resolved.entry.at)));
  }
  return { edges, findings };
}

function edgeOf(
  { declaration, entry, targets, problems }: ResolvedEntry,
  subjects: readonly Key[],
  veto: Declaration | undefined,
): Edge {
  const { direction, source } = declaration;
  return {
    ...{ direction, subjects, source, at: entry.at, text: entry.text },
    targets: targets.map(plainTarget),
    problems,
    ...(veto !== undefined && { veto }),
  };
}

/** The edges of what nobody declared for a workload, each with the object that is its cause. */
export function edgesAllowed(
  allowed: readonly Allowed[],
  subject: Key,
  direction: Direction,
): DeclaredEdges {
  const at = { path: [] };
  const edges = allowed.map(({ allowance, cause, text, targets, problem }) => ({
    ...{ direction, subjects: [subject], source: cause, at, text, allowance },
    targets: targets.map(plainTarget),
    problems: problem === undefined ? [] : [problem],
  }));
  const findings = edges.flatMap(({ problems, source }) =>
    problems.map((problem) => locate(problem, source, at)),
  );
  return { edges, findings };
}

function plainTarget({ peer, ports, namespace, workload, learnt }: Target): EdgeTarget {
  return {
    ...{ peer, ports },
    ...(namespace !== undefined && { namespace }),
    ...(workload !== undefined && { workload: workload.key }),
    ...(learnt !== undefined && { learnt }),
  };
}

function vetoed({ entry }: ResolvedEntry, { source }: Declaration): Problem {
  return { code: 'VetoedByNone', data: { text: entry.text, source: describeObject(source) } };
}

export function describeObject({ kind, namespace, name }: ObjectRef): string {
  return namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
