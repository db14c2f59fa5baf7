import { acceptsFrom, defaultDeny, talksTo } from '../core/intent/keys.ts';
import { keyOfIdentity, ourGroup } from '../core/model/identity.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import { valueAt } from '../core/record/parsing.ts';
import { groupOf } from '../core/record/workload.ts';
import type { Manifest } from './manifests.ts';

const declaring: readonly (readonly string[])[] = [
  ['metadata', 'annotations', talksTo],
  ['metadata', 'annotations', acceptsFrom],
  ['metadata', 'labels', defaultDeny],
];

/**
 * Whoever has declarations in files, and none of the policies that come of them, would take what is open
 * there for what the cluster will do.
 */
export function unrenderedNotice(
  manifests: readonly Manifest[],
  policies: readonly NetworkPolicy[],
): string | undefined {
  if (policies.some((policy) => keyOfIdentity(policy) !== undefined)) return undefined;
  const count = manifests.filter(isDeclaring).length;
  if (count === 0) return undefined;
  const say = count === 1 ? '1 object declares' : `${count} objects declare`;
  return `notice: ${say} connectivity, of which no policy is here, so it is not judged; --with-intent adds what it renders to`;
}

function isDeclaring({ apiVersion, value }: Manifest): boolean {
  return (
    groupOf(apiVersion) === ourGroup || declaring.some((path) => valueAt(value, path) !== undefined)
  );
}
