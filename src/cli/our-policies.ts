import { keyOfIdentity, partsOf } from '../core/model/identity.ts';
import { selectsEverything } from '../core/model/labels.ts';
import type { PolicyRecord } from '../core/model/records.ts';

/** Whether it denies a whole namespace, so that it has to go before anything that allows there. */
export function isDefaultDeny({ policy }: PolicyRecord): boolean {
  const key = keyOfIdentity(policy);
  const ofNamespace = key !== undefined && partsOf(key).kind === 'Namespace';
  return ofNamespace || selectsEverything(policy.spec.podSelector ?? {});
}
