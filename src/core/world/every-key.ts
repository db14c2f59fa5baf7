import { type Key, keyOfIdentity } from '../model/identity.ts';
import type { World } from './world.ts';

/** All that there is to compile, and that live policies, ours or not, were once written for. */
export function everyKey(world: World): ReadonlySet<Key> {
  const keys = new Set(world.keys());
  for (const [, { policies }] of world.namespaces()) {
    for (const { policy } of policies.values()) {
      const key = keyOfIdentity(policy);
      if (key !== undefined) keys.add(key);
    }
  }
  return keys;
}
