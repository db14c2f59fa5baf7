import type { Declaration, Entry } from '../model/declaration.ts';
import { type Finding, finding, findingKey, locate, type Problem } from '../model/finding.ts';
import type { Direction } from '../model/policy.ts';
import { resolveEntry } from '../resolve/entry.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { declarationsOf, denyDirections } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** A namespace, and its workloads that are isolated in the direction at hand. */
interface Place {
  readonly namespace: string;
  readonly state: NamespaceState;
  readonly isolated: readonly Workload[];
}

/**
 * What is to be said about a Namespace's own labels and annotations: entries that mean nobody or a
 * port that nobody has, and declarations that reach no workload because none is isolated in their
 * direction. Each is said once.
 */
export function findNamespaceProblems(
  world: World,
  namespace: string,
  state: NamespaceState,
): Finding[] {
  const { intent } = state.object ?? {};
  const findings = [...(intent?.findings ?? [])];
  for (const declaration of intent?.declarations ?? []) {
    const { direction, entries, source, at } = declaration;
    const isolated = isolatedIn(state, direction);
    for (const entry of entries) {
      const problems = problemsOf(world, { namespace, state, isolated }, declaration, entry);
      findings.push(...problems.map((problem) => locate(problem, source, entry.at)));
    }
    if (isolated.length === 0 && !denyDirections(state).has(direction)) {
      const data = { key: String(at.path.at(-1)) };
      findings.push(finding('NamespaceWordWithoutEffect', source, at, data));
    }
  }
  return [...new Map(findings.map((each) => [findingKey(each), each])).values()];
}

/** The workloads to which a Namespace's entries in this direction are added. */
function isolatedIn(state: NamespaceState, direction: Direction): Workload[] {
  const all = [...state.workloads.values()];
  if (denyDirections(state).has(direction)) return all;
  return all.filter((workload) => declarationsOf(state, workload, direction).length > 0);
}

/**
 * `accepts-from` means each workload's own ports, so a port is missing when no isolated workload has
 * it; that some of them do not declare it is how such an entry is meant.
 */
function problemsOf(
  world: World,
  { namespace, state, isolated }: Place,
  { direction }: Declaration,
  entry: Entry,
): readonly Problem[] {
  const writer = { namespace, state, selected: isolated };
  const { problems } = resolveEntry(world, writer, direction, entry);
  if (direction === 'Egress') return problems;
  return problems.filter(({ code }) => code !== 'PortNotDeclared');
}
