import { type Compiled, edgesAbout } from '../compile/compile.ts';
import type { Edge } from '../model/edge.ts';
import type { JudgedEdge } from '../model/edge-state.ts';
import { keyOf, partsOf } from '../model/identity.ts';
import type { World } from '../world/world.ts';
import { judgeEdges } from './judge.ts';

/** The edges of a key as they stand. */
export interface JudgedKey {
  /** Those that it declares itself. */
  readonly own: readonly JudgedEdge[];
  /** Those that resources declare for a workload, which its policy holds beside its own. */
  readonly added: readonly JudgedEdge[];
}

/** Judges every edge that concerns a key, over the live policies of the world. */
export function judgeKey(world: World, compiled: Compiled): JudgedKey {
  const { length } = compiled.edges;
  const judged = judgeEdges(world, [...compiled.edges, ...addedTo(world, compiled)], compiled);
  return { own: judged.slice(0, length), added: judged.slice(length) };
}

function addedTo(world: World, { key }: Compiled): Edge[] {
  const state = world.state(partsOf(key).namespace);
  const workload = state?.workloads.get(key);
  if (state === undefined || workload === undefined) return [];
  if (state.resourcesAbout(workload).length === 0) return [];
  const about = edgesAbout(world, state, workload);
  return about.filter(({ source }) => keyOf(source) !== key);
}
