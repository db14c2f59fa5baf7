import { compile } from '../compile/compile.ts';
import type { Key } from '../model/identity.ts';
import { type LabelSelector, selectsEverything } from '../model/labels.ts';
import { type Direction, directions, isExempt, type NetworkPolicy } from '../model/policy.ts';
import type { NamespaceState } from '../world/namespace-state.ts';
import { sharingPods } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { isolates } from './grants.ts';
import { placeWanted, selectingBy } from './place.ts';

/**
 * What a workload wants for pods of a selector by which it selects no more: its present word. Where it
 * is exempt now, and the older selector matches the pods of an enforced workload, its own rules in
 * the same directions instead, since audit never opens anyone else.
 */
export function wantedOfOlder(
  world: World,
  state: NamespaceState,
  key: Key,
  wanted: readonly NetworkPolicy[],
  podSelector: LabelSelector,
): readonly NetworkPolicy[] {
  if (selectsEverything(podSelector)) return [];
  const [exempt] = wanted.filter(isExempt);
  const word =
    exempt !== undefined && sharingPods(state, key, podSelector).length > 0
      ? compile(world, key).wouldBe.flatMap((policy) => onlyAs(exempt, policy))
      : wanted;
  return placeWanted(key, selectingBy(key, word, podSelector), state.policies).policies;
}

/** The policy in the directions in which another one isolates; nothing where none is left. */
function onlyAs(other: NetworkPolicy, policy: NetworkPolicy): NetworkPolicy[] {
  const policyTypes = directions.filter((each) => isolates(policy, each) && isolates(other, each));
  if (policyTypes.length === 0) return [];
  const kept = (direction: Direction) => policyTypes.includes(direction);
  const { podSelector = {}, ingress = [], egress = [] } = policy.spec;
  const spec = {
    podSelector,
    policyTypes,
    ingress: kept('Ingress') ? ingress : [],
    egress: kept('Egress') ? egress : [],
  };
  return [{ ...policy, spec }];
}
