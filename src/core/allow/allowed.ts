import type { Allowance } from '../model/declaration.ts';
import type { Problem } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { PolicyPort } from '../model/policy.ts';
import type { Target } from '../resolve/entry.ts';
import type { Party } from '../resolve/peers.ts';

/** What one cause adds to the word of a workload. */
export interface Allowed {
  readonly allowance: Allowance;
  /** The object that is the cause. */
  readonly cause: ObjectRef;
  /** The cause as a person would say it. */
  readonly text: string;
  readonly targets: readonly Target[];
  /** Why it adds nothing, or nothing that works. */
  readonly problem?: Problem;
}

/** Some parties, each on the same ports; `unknown` says what is missing where there is none. */
export function allowed(
  { allowance, cause, text }: Pick<Allowed, 'allowance' | 'cause' | 'text'>,
  parties: readonly Party[],
  ports: readonly PolicyPort[],
  unknown: (text: string) => Problem,
): Allowed {
  const targets = parties.map((party) => ({ ...party, ports }));
  const problem = parties.length === 0 ? unknown(text) : undefined;
  return { allowance, cause, text, targets, ...(problem !== undefined && { problem }) };
}
