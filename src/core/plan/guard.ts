import { keyOfIdentity, partsOf } from '../model/identity.ts';
import { selectsEverything } from '../model/labels.ts';
import {
  type Direction,
  directions,
  isExempt,
  type NetworkPolicy,
  nameOfPolicy,
} from '../model/policy.ts';
import { bridgedIn } from './bridge.ts';
import { admitsEveryone, rulesIn } from './grants.ts';

/**
 * Refuses, before the write, a rule that admits everyone without saying whom: but for the marked
 * bridge of a set of shards and the marked exemption of an audited workload, such a rule is never
 * wanted, so it can only come from a bug on the way. So can a selector of everything, but that of the
 * default-deny: it would be one subject's word for all others. Returns the reason, or undefined
 * when safe.
 */
export function findAllowAll(policy: NetworkPolicy): string | undefined {
  if (directions.some((direction) => admitsAll(policy, direction))) {
    return `a rule of ${nameOfPolicy(policy)} would admit everyone`;
  }
  if (!selectsEverything(policy.spec.podSelector ?? {}) || isDefaultDeny(policy)) return undefined;
  return `${nameOfPolicy(policy)} would select every pod of its namespace`;
}

function admitsAll(policy: NetworkPolicy, direction: Direction): boolean {
  const rules = rulesEvenIfUnused(policy, direction);
  const everyone = rules.filter(admitsEveryone);
  if (everyone.length === 0) return rules.some(admitsEveryAddress);
  return !(mayAdmitEveryone(policy, direction) && rules.length === 1 && isBare(rules[0]));
}

function isDefaultDeny(policy: NetworkPolicy): boolean {
  const key = keyOfIdentity(policy);
  return key !== undefined && partsOf(key).kind === 'Namespace';
}

/** A list that `policyTypes` does not mention means nothing today, and everything tomorrow. */
function rulesEvenIfUnused(policy: NetworkPolicy, direction: Direction) {
  return rulesIn({ ...policy, spec: { ...policy.spec, policyTypes: directions } }, direction);
}

/** A selector of everything would open the whole namespace. */
function mayAdmitEveryone(policy: NetworkPolicy, direction: Direction): boolean {
  if (selectsEverything(policy.spec.podSelector ?? {})) return false;
  return isExempt(policy) || bridgedIn(policy).includes(direction);
}

function isBare(rule: object | undefined): boolean {
  return rule !== undefined && Object.keys(rule).length === 0;
}

/** `@internet` leaves the cluster out; a whole family without exception is never written. */
function admitsEveryAddress({ from, to }: Parameters<typeof admitsEveryone>[0]): boolean {
  return (from ?? to ?? []).some(
    ({ ipBlock }) =>
      ipBlock !== undefined &&
      (ipBlock.except ?? []).length === 0 &&
      /^(0\.0\.0\.0|::)\/0$/.test(ipBlock.cidr),
  );
}
