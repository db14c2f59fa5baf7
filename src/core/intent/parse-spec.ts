import type { z } from 'zod';
import { type Finding, locate, type Problem } from '../model/finding.ts';
import type { ObjectRef } from '../model/identity.ts';
import type { ListField } from './accepted.ts';
import { explain } from './explain.ts';
import { type Spec, specSchema } from './schema.ts';

export type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

export const listFields: readonly ListField[] = ['acceptsFrom', 'talksTo'];

export interface ParsedSpec {
  readonly spec?: Spec;
  readonly issues: readonly Issue[];
  /** The directions that have not the right shape. */
  readonly broken: readonly ListField[];
}

/** The spec without its invalid directions; undefined when nothing of it could be accepted. */
export function parseSpec(raw: unknown): ParsedSpec {
  const parsed = specSchema.safeParse(raw, { error: explain });
  if (parsed.success) return { spec: parsed.data, issues: [], broken: [] };
  const { issues } = parsed.error;
  const places = new Set(issues.map(({ path }) => path[0]));
  const broken = listFields.filter((field) => places.delete(field));
  if (places.size > 0) return { issues, broken };
  const rest = Object.entries(raw as object).filter(
    ([field]) => !broken.some((other) => other === field),
  );
  // The schema wants a direction; where none is left, it is about the other fields that we ask.
  const asked = listFields.some((field) => rest.some(([other]) => other === field))
    ? {}
    : { talksTo: [{ nobody: true }] };
  const valid = specSchema.safeParse({ ...asked, ...Object.fromEntries(rest) });
  if (!valid.success) return { issues, broken };
  const spec = Object.fromEntries(
    Object.entries(valid.data).filter(([field]) => !Object.hasOwn(asked, field)),
  );
  return { issues, broken, spec };
}

export function locateIssue(issue: Issue, source: ObjectRef): Finding {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const parts = [...issue.path, ...unknown];
  const path = ['spec', ...parts.map((part) => (typeof part === 'number' ? part : String(part)))];
  return locate(invalidField(path, issue.message), source, { path });
}

/** A field of the spec that is wrong. */
export function invalidField(path: Path, problem: string): Problem {
  return { code: 'InvalidField', data: { field: formatPath(path), problem } };
}

/** `spec.talksTo[0].cidr`, as the API server writes it. */
export function formatPath([first, ...rest]: Path): string {
  const parts = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`));
  return `${first}${parts.join('')}`;
}
