import { z } from 'zod';
import { explain } from '../intent/explain.ts';
import type { Refused } from '../model/records.ts';

/** Why an object could not be read: the field path in it, and what is wrong there. */
export interface ObjectProblem extends Refused {
  /** In spite of it, one thing is certain: there is nothing to know of it, and what was known is old. */
  readonly isNothing?: true;
}

/** Refusals are told in our words, as those of the resource are. */
export const explained = { error: explain };

/** The value at a field path, by own fields only; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) {
      return undefined;
    }
    inner = (inner as Readonly<Record<string, unknown>>)[step];
  }
  return inner;
}

/** Parses what stands at a field path; the paths of refusals begin at the object. */
export function parseAt<T>(schema: z.ZodType<T>, raw: unknown, path: readonly string[]): T {
  const result = schema.safeParse(valueAt(raw, path), explained);
  if (result.success) return result.data;
  throw new z.ZodError(
    result.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
  );
}

/** Runs a reader of an object; what a schema refuses in it first becomes a problem. */
export function problemOr<T>(read: () => T): T | ObjectProblem {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return problemOf(error);
  }
}

/** The first thing that a schema refuses. */
export function problemOf({ issues: [issue] }: z.ZodError): Refused {
  const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? '' : part));
  return { path, problem: issue?.message ?? 'it cannot be read' };
}

/**
 * Null is absent: nothing after this stage may take it for a value. The very value where it has none, as
 * hardly any of the API server's has: thousands of policies are read at a start.
 */
export function withoutNulls(value: unknown): unknown {
  return hasNull(value) ? copyWithoutNulls(value) : value;
}

function hasNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNull);
  for (const key in value) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    if (field == null || hasNull(field)) return true;
  }
  return false;
}

function copyWithoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyWithoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field != null);
  return Object.fromEntries(fields.map(([key, field]) => [key, copyWithoutNulls(field)]));
}
