import { z } from 'zod';
import { labelKey, labelValue, namespaceName } from '../core/intent/fields.ts';
import { dnsNamespace } from '../core/world/cluster-dns.ts';

/** A value that tells an environment: an empty one is none. */
const environment = labelValue.min(1);

/** Which namespaces are together, by a label (docs/design/0010, *Environments*). */
export const environmentsSchema = z.strictObject({
  label: labelKey,
  /** Pairs between which entries may cross, in either direction. */
  allowed: z
    .array(z.tuple([environment, environment]))
    .default([])
    .superRefine(refuseIdle),
  /** Part of every environment. */
  sharedNamespaces: z.array(namespaceName).default([]),
});

type Environments = z.infer<typeof environmentsSchema>;

/** A pair that allows nothing more is not what somebody meant. */
function refuseIdle(pairs: readonly (readonly [string, string])[], context: z.RefinementCtx): void {
  const seen = new Map<string, number>();
  pairs.forEach(([a, b], index) => {
    const text = [a, b].toSorted().join(' ');
    const first = seen.get(text);
    const complain = (message: string) =>
      context.addIssue({ code: 'custom', path: [index], message });
    if (a === b) complain(`${a} is one environment, which reaches itself anyway; write two`);
    else if (first !== undefined) {
      complain(
        `${a} and ${b} are allowed by entry ${first} already, in both directions; remove one`,
      );
    } else seen.set(text, index);
  });
}

/**
 * The parties of the cluster serve every environment, and would be cut off from those that they are
 * not part of: their namespaces have to be shared, or there are no environments.
 */
export function refuseUnshared(
  { sharedNamespaces }: Environments,
  namespaces: readonly string[],
  context: z.RefinementCtx,
): void {
  const needed = [...new Set([dnsNamespace, ...namespaces])];
  const missing = needed.filter((name) => !sharedNamespaces.includes(name));
  if (missing.length === 0) return;
  const message = `${missing.join(', ')} must be among them: the cluster's DNS and the configured parties serve every environment`;
  context.addIssue({ code: 'custom', path: ['environments', 'sharedNamespaces'], message });
}
