import { keyOfIdentity } from '../model/identity.ts';
import {
  acceptedAnnotation,
  addressesAnnotation,
  checksumAnnotation,
  fieldManager,
  managedBy,
  managedByLabel,
  policyPrefix,
} from '../model/names.ts';
import { checksumOf } from '../model/ownership.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { PolicyRecord } from '../model/records.ts';
import { valueAt } from './parsing.ts';
import type { ManagedFields } from './schemas.ts';

type Ownership = Pick<PolicyRecord, 'applied' | 'restored' | 'remembers'>;

/**
 * Whose a live policy is, by its managedFields (which are then dropped).
 *
 *              our manager applies   nobody applies it;              else
 *              something of it       label, identity, checksum fit
 *   applied    yes                   no                              no
 *   restored   no                    yes                             no
 *   remembers  if we apply the       if it has accepted texts        no
 *              accepted texts, and
 *              the addresses in it
 */
export function ownershipOf(policy: NetworkPolicy, fields: ManagedFields): Ownership {
  const appliers = fields.filter(({ operation }) => operation === 'Apply');
  const ours = appliers.filter(({ manager }) => manager === fieldManager);
  const applied = ours.length > 0;
  const restored = appliers.length === 0 && isAsWritten(policy);
  const { annotations = {} } = policy.metadata;
  const kept = [acceptedAnnotation, addressesAnnotation].filter((key) => key in annotations);
  const isKept = (fieldsV1: unknown) => kept.every((key) => ownsAnnotation(fieldsV1, key));
  const hasTexts = acceptedAnnotation in annotations;
  const remembers = hasTexts && (restored || ours.some(({ fieldsV1 }) => isKept(fieldsV1)));
  return { applied, ...(restored && { restored }), ...(remembers && { remembers }) };
}

/** Whether a policy says of itself all that one of ours says, for just this place. */
function isAsWritten(policy: NetworkPolicy): boolean {
  const { name, labels, annotations } = policy.metadata;
  return (
    name.startsWith(policyPrefix) &&
    labels?.[managedByLabel] === managedBy &&
    keyOfIdentity(policy) !== undefined &&
    annotations?.[checksumAnnotation] === checksumOf(policy)
  );
}

/** Whether an entry of managedFields holds an annotation (FieldsV1). */
function ownsAnnotation(fieldsV1: unknown, key: string): boolean {
  return valueAt(fieldsV1, ['f:metadata', 'f:annotations', `f:${key}`]) !== undefined;
}
