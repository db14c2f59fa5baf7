import type { Key } from '../model/identity.ts';
import type { PartyPods } from '../model/settings.ts';
import { addPartyUsers } from './affected-outside.ts';
import { type Item, isNamespaced, namespaceOf } from './item.ts';
import { type LookAlike, lookOf } from './look-alikes.ts';
import { hasAnyone } from './parties.ts';
import type { World } from './world.ts';
import { addWriterKeys } from './writer-keys.ts';

/** What the cluster knows of the place of some items, and of what they look like. */
interface Standing {
  readonly namespace: string;
  readonly exists: boolean;
  /** Whom messages name as such a party. */
  readonly named: ReadonlyMap<LookAlike, string>;
}

export function standingOf(world: World, items: readonly Item[]): Standing {
  const [namespace = ''] = items.map((item) => (isNamespaced(item) ? namespaceOf(item) : ''));
  const looks = items.flatMap((item) =>
    item.kind === 'Workload' ? (lookOf(item.workload) ?? []) : [],
  );
  const named = new Map(looks.map((party) => [party, world.lookAlikes.named(party)]));
  return { namespace, exists: world.existing(namespace) !== undefined, named };
}

/** Asked once the world has changed, of how it was before. */
export function affectedByStanding(world: World, before: Standing, keys: Set<Key>): void {
  const { namespace, exists, named } = before;
  if (exists !== (world.existing(namespace) !== undefined)) {
    affectedByExistence(world, namespace, keys);
  }
  for (const [party, names] of named) {
    const isSaid = !hasAnyone(world, party);
    if (isSaid && names !== world.lookAlikes.named(party)) addPartyUsers(world, party, keys);
  }
}

/** A namespace came to be, or is no more: the configured pods of it are a party only while it exists. */
function affectedByExistence(world: World, namespace: string, keys: Set<Key>): void {
  for (const writer of world.references.toNamespace(namespace)) addWriterKeys(world, writer, keys);
  const { ingress, monitoring } = world.settings.parties;
  const lives = (pods: readonly PartyPods[]) => pods.some((each) => each.namespace === namespace);
  if (lives(ingress)) addPartyUsers(world, 'Ingress', keys);
  if (lives(monitoring)) addPartyUsers(world, 'Monitoring', keys);
}
