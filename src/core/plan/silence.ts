import { derivedWord } from '../compile/naming.ts';
import { peersOf } from '../compile/rules.ts';
import { type Finding, finding } from '../model/finding.ts';
import { type Key, partsOf } from '../model/identity.ts';
import { type Direction, directions, type NetworkPolicy } from '../model/policy.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import { type Change, policyOf } from './change.ts';
import { peerForm } from './compare.ts';
import { isolates, rulesIn } from './grants.ts';

/**
 * Whose access these writes end although they name the workload: while it said nothing, being named
 * by its neighbours was enough; what it says itself counts alone. One finding for a direction.
 */
export function endedAccess(world: World, key: Key, changes: readonly Change[]): Finding[] {
  const { namespace } = partsOf(key);
  const state = world.state(namespace);
  const workload = state?.workloads.get(key);
  if (state === undefined || workload === undefined || changes.length === 0) return [];
  return directions.flatMap((direction) => {
    if (declarationsOf(state, workload, direction).length === 0) return [];
    const written = changes.filter(
      (change) => change.type !== 'delete' && isolates(change.policy, direction),
    );
    if (written.length === 0) return [];
    const lost = derivedWord(world, state, workload, direction).flatMap((target) => {
      const from = target.workload?.record.ref.name;
      const peers = peersOf([target], namespace).map(({ peer }) => JSON.stringify(peerForm(peer)));
      const has = (policy: NetworkPolicy) => peers.some((peer) => lists(policy, direction, peer));
      const had = written.every(
        (change) =>
          change.type !== 'update' ||
          !isolates(change.live.policy, direction) ||
          has(change.live.policy),
      );
      return from !== undefined && had && !written.some((change) => has(policyOf(change)))
        ? [from]
        : [];
    });
    const names = [...new Set(lost)].filter((name) => name !== workload.record.ref.name).sort();
    if (names.length === 0) return [];
    const data = {
      key: direction === 'Ingress' ? 'accepts-from' : 'talks-to',
      names: names.join(', '),
    };
    return finding('EndsAccess', workload.record.ref, { path: [] }, data);
  });
}

function lists(policy: NetworkPolicy, direction: Direction, peer: string): boolean {
  return rulesIn(policy, direction).some(({ from, to }) =>
    (from ?? to ?? []).some((each) => JSON.stringify(peerForm(each)) === peer),
  );
}
