import { type Mention, mentionsIn } from '../core/inventory/mentions.ts';
import { type Explanation, liveEndOf } from '../core/judge/explain.ts';
import type { Edge } from '../core/model/edge.ts';
import { keyOf, partsOf } from '../core/model/identity.ts';
import { allowedPortsBetween } from '../core/reach/allowed-ports.ts';
import { isNoPort } from '../core/reach/port-set.ts';
import { isMeant } from '../core/world/meaning.ts';
import type { Workload } from '../core/world/namespace-state.ts';
import type { World } from '../core/world/world.ts';
import { nameOfManifest } from './load.ts';
import type { Manifest } from './manifests.ts';

/** A Service that a workload's template names without declaring it, and where it does. */
export interface Undeclared extends Mention {
  readonly place: string;
}

/**
 * What the template of a workload names and nothing covers: none of its entries means the pods behind
 * that Service, and, where it is isolated, policies do not let it through to any of them. Its own
 * Service is none of others.
 */
export function undeclaredOf(
  world: World,
  explanation: Explanation,
  manifests: readonly Manifest[],
  fallback: string,
): Undeclared[] {
  const { namespace } = partsOf(explanation.key);
  const here = manifests.filter((each) => nameOfManifest(each, fallback).namespace === namespace);
  const object = here.findLast((each) => keyOf(nameOfManifest(each, fallback)) === explanation.key);
  const maps = new Map(
    here
      .filter((each) => each.kind === 'ConfigMap')
      .map((each) => [nameOfManifest(each, fallback).name, each]),
  );
  const texts = new Map(
    [...maps].map(([map, { value }]) => [map, (value.data ?? {}) as Record<string, unknown>]),
  );
  const isService = (of: string, service: string) =>
    world.state(of)?.services.has(service) === true;
  const mentions = mentionsIn(object?.value ?? {}, namespace, texts, isService);
  return mentions
    .filter((mention) => !isCovered(world, explanation, mention))
    .map((mention) => {
      const holder = mention.configMap === undefined ? object : maps.get(mention.configMap);
      return { ...mention, place: holder?.locate(mention.path) ?? explanation.key };
    });
}

function isCovered(world: World, explanation: Explanation, mention: Mention): boolean {
  const state = world.state(mention.namespace);
  const record = state?.services.get(mention.service);
  if (state === undefined || record === undefined) return true;
  const { workloads } = state.reachedBy(record);
  if (workloads.some(({ key }) => key === explanation.key)) return true;
  const leads = explanation.own.some(({ edge }) =>
    workloads.some((workload) => means(world, edge, workload)),
  );
  return leads || isLetThrough(world, explanation, workloads);
}

/** Whether an entry of `talks-to` means the pods of a workload. */
function means(world: World, { direction, targets }: Edge, workload: Workload): boolean {
  if (direction !== 'Egress') return false;
  const home = world.state(workload.record.ref.namespace);
  return home !== undefined && targets.some((target) => isMeant(target, workload, home));
}

function isLetThrough(
  world: World,
  { isolation, key }: Explanation,
  workloads: readonly Workload[],
): boolean {
  const egress = isolation.find(({ direction }) => direction === 'Egress');
  const from = world.workload(key);
  if (egress === undefined || egress.policies.length === 0 || from === undefined) return false;
  const near = liveEndOf(world, from);
  return workloads.some((each) => !isNoPort(allowedPortsBetween(near, liveEndOf(world, each))));
}
