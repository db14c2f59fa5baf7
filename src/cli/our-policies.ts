import { keyOfIdentity, partsOf } from '../core/model/identity.ts';
import { selectsEverything } from '../core/model/labels.ts';
import { managedBy, managedByLabel } from '../core/model/names.ts';
import type { PolicyRecord } from '../core/model/records.ts';

/**
 * Whether a policy is the operator's: its field manager applied it, or, as after a restore from a
 * backup, name, label and identity all say so.
 */
export function isOurs({ applied, policy }: PolicyRecord): boolean {
  const { name, labels } = policy.metadata;
  const marked = labels?.[managedByLabel] === managedBy && keyOfIdentity(policy) !== undefined;
  return applied || (marked && name.startsWith('appconn-'));
}

/** Whether it denies a whole namespace, so that it has to go before anything that allows there. */
export function isDefaultDeny({ policy }: PolicyRecord): boolean {
  const key = keyOfIdentity(policy);
  const ofNamespace = key !== undefined && partsOf(key).kind === 'Namespace';
  return ofNamespace || selectsEverything(policy.spec.podSelector ?? {});
}
