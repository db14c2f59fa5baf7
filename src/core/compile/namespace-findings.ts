import { type Finding, finding, locate } from '../model/finding.ts';
import { resolvePeer } from '../resolve/peers.ts';
import type { NamespaceState } from '../world/namespace-state.ts';
import { declarationsOf, denyDirections } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/**
 * What is to be said about a Namespace's own labels and annotations: entries that mean nobody, and
 * declarations that reach no workload because none is isolated in their direction.
 */
export function findNamespaceProblems(
  world: World,
  namespace: string,
  state: NamespaceState,
): Finding[] {
  const { intent } = state.object ?? {};
  const findings = [...(intent?.findings ?? [])];
  for (const { direction, entries, source, at } of intent?.declarations ?? []) {
    for (const { peer, text, at: place } of entries) {
      const { problems } = resolvePeer(world, namespace, direction, peer, text);
      findings.push(...problems.map((problem) => locate(problem, source, place)));
    }
    const isolates =
      denyDirections(state).has(direction) ||
      [...state.workloads.values()].some(
        (workload) => declarationsOf(state, workload, direction).length > 0,
      );
    if (!isolates) {
      const data = { key: String(at.path.at(-1)) };
      findings.push(finding('NamespaceWordWithoutEffect', source, at, data));
    }
  }
  return findings;
}
