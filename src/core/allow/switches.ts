import { nothingDenied, type Switches, switchesWhere } from '../model/declaration.ts';
import type { NamespaceState, Resource, Workload } from '../world/namespace-state.ts';
import { matchedBy } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** What is switched off for a workload: by the cluster, its namespace, itself or a resource. */
export function deniedFor(world: World, state: NamespaceState, workload: Workload): Switches {
  const resources = state.resourcesAbout(workload).map(({ intent }) => intent.switches);
  return any([...common(world, state), workload.intent.switches, ...resources]);
}

/** What is switched off for a selector's own policy: also what any workload it matches denies. */
export function deniedForResource(
  world: World,
  state: NamespaceState,
  resource: Resource,
): Switches {
  const matched = matchedBy(state, resource).map((workload) => deniedFor(world, state, workload));
  return any([...common(world, state), resource.intent.switches, ...matched]);
}

function common(world: World, state: NamespaceState): Switches[] {
  const namespace = state.object?.intent.switches;
  return [world.settings.deny, ...(namespace === undefined ? [] : [namespace])];
}

function any(all: readonly Switches[]): Switches {
  const some = all.filter((switches) => switches !== nothingDenied);
  if (some.length === 0) return nothingDenied;
  return switchesWhere((each) => some.some((switches) => switches[each]));
}
