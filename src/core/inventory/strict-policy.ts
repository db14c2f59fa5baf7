import { z } from 'zod';
import { explain, quote } from '../intent/explain.ts';
import { canonicalBlock, contains } from '../model/range.ts';
import type { ObjectProblem } from '../record/read.ts';

/**
 * What the API server takes of a NetworkPolicy's spec (networking/v1 types.go and validation): a
 * field that it does not know, or a value that it refuses, makes a policy that cannot be there.
 */
const segment = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const domain = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const isKey = new RegExp(`^((?=[^/]{1,253}/)${domain}/)?${segment}$`);
const isValue = new RegExp(`^(${segment})?$`);

/** Labels and annotations: Kubernetes' "Syntax and character set". */
const key = z
  .string()
  .regex(isKey, { error: ({ input }) => `${quote(input)} is no key of a label` });
const value = z
  .string()
  .regex(isValue, { error: ({ input }) => `${quote(input)} is no value that a label can have` });
const labels = z.record(key, value).nullish();
const values = z.array(z.string()).nullish();

const requirement = z
  .strictObject({
    key,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(value).nullish(),
  })
  .superRefine(({ operator, values: given }, context) => {
    const count = given?.length ?? 0;
    const needs = operator === 'In' || operator === 'NotIn';
    if (needs === count > 0) return;
    const message = needs ? `${operator} needs values` : `${operator} takes no values`;
    context.addIssue({ code: 'custom', path: ['values'], message });
  });

const selector = z
  .strictObject({ matchLabels: labels, matchExpressions: z.array(requirement).nullish() })
  .nullish();

const ipBlock = z
  .strictObject({ cidr: z.string(), except: values })
  .superRefine(({ cidr, except }, context) => {
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const block = canonicalBlock(cidr);
    if (block === undefined) return refuse(['cidr'], `"${cidr}" is no block, such as 10.0.0.0/8`);
    for (const [index, text] of (except ?? []).entries()) {
      const inner = canonicalBlock(text);
      if (inner === undefined) refuse(['except', index], `"${text}" is no block`);
      else if (!contains(block, inner) || inner === block) {
        refuse(
          ['except', index],
          `${text} does not lie within ${cidr}, which it is to leave out of`,
        );
      }
    }
  });

const peers = z
  .array(
    z
      .strictObject({
        podSelector: selector,
        namespaceSelector: selector,
        ipBlock: ipBlock.nullish(),
      })
      .superRefine((peer, context) => {
        const selects = peer.podSelector != null || peer.namespaceSelector != null;
        if (selects !== (peer.ipBlock != null)) return;
        const message = selects
          ? 'ipBlock stands alone, without podSelector and namespaceSelector'
          : 'a peer needs podSelector, namespaceSelector or ipBlock; {} is none';
        context.addIssue({ code: 'custom', message });
      }),
  )
  .nullish();

/** IANA_SVC_NAME (RFC 6335). */
const portName = z
  .string()
  .refine((name) => /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name), {
    error: ({ input }) =>
      /^\d+$/.test(String(input))
        ? `a number stands without quotes: ${input}`
        : `${quote(input)} is no name of a port: at most 15 of a-z, 0-9 and "-", with a letter among them`,
  });

const ports = z
  .array(
    z
      .strictObject({
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
        port: z.union([z.int().min(1).max(65_535), portName]).nullish(),
        endPort: z.int().min(1).max(65_535).nullish(),
      })
      .superRefine(({ port, endPort }, context) => {
        if (endPort == null || (typeof port === 'number' && endPort >= port)) return;
        const message = 'endPort needs a port that is a number, and not above it';
        context.addIssue({ code: 'custom', path: ['endPort'], message });
      }),
  )
  .nullish();

const spec = z.strictObject({
  podSelector: selector,
  policyTypes: z.array(z.enum(['Ingress', 'Egress'])).nullish(),
  ingress: z.array(z.strictObject({ from: peers, ports })).nullish(),
  egress: z.array(z.strictObject({ to: peers, ports })).nullish(),
});

const policy = z.object({ spec: spec.nullish() });

/** What of a NetworkPolicy the API server would refuse, or drop in silence. */
export function refusedInPolicy(raw: unknown): ObjectProblem[] {
  const issues = policy.safeParse(raw, { error: explain }).error?.issues ?? [];
  return issues.map(({ path, message }) => ({
    path: path.map((part) => (typeof part === 'symbol' ? '' : part)),
    problem: message,
  }));
}
