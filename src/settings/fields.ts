import { z } from 'zod';
import { nameProblem } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { isTooWide, prefixLength, readRange } from '../core/model/range.ts';

/** A CIDR block in canonical form. */
export const range = z.string().superRefine((text, context) => {
  const read = readRange(text);
  if (typeof read === 'string' && text.includes('/')) return;
  const hint = typeof read === 'string' ? read : read.canonical || '10.244.0.0/16';
  const message = `${quote(text)} is not a CIDR; write it as ${hint}`;
  context.addIssue({ code: 'custom', message });
});

/** A block that somebody is let in from: never every address. */
export const sourceRange = range.refine((text) => prefixLength(text) !== 0, {
  error: ({ input }) =>
    `${quote(input)} is every address; write the blocks that requests come from`,
});

/** A block of the cluster's own, which `@internet` leaves out and no entry may mean. */
export const clusterRange = range.refine((text) => !isTooWide(text), {
  error: ({ input }) =>
    `${quote(input)} is larger than the ranges of any cluster and would leave little of @internet; write those of its pods, Services and nodes, none shorter than /8`,
});

/** A DNS-1123 subdomain; its right form is named where only dots around it or capitals are wrong. */
export const domain = z.string().superRefine((text, context) => {
  const problem = nameProblem(text);
  if (problem === undefined) return;
  const right = text.toLowerCase().replaceAll(/^\.+|\.+$/g, '');
  const remedy = nameProblem(right) === undefined ? `; write it as ${right}` : `: ${problem}`;
  context.addIssue({ code: 'custom', message: `${quote(text)} is not a DNS domain${remedy}` });
});
