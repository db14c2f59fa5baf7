import { z } from 'zod';
import type { Refused } from '../model/records.ts';
import { explained, problemOf } from './parsing.ts';

/** One of several references: what it says, or why it cannot be read. */
type Apart<T> = { readonly read: T } | { readonly error: z.ZodError };

/** One of several references, and the field path at which it stands. */
export interface Placed<T> {
  readonly path: Refused['path'];
  readonly value: Apart<T>;
}

/**
 * A schema for one of several references, of which each only adds to what is allowed: one that cannot be
 * read takes nothing from the others. Never for what narrows: without it, more would be allowed.
 */
export function apart<T>(schema: z.ZodType<T>) {
  return z.unknown().transform((value): Apart<T> => {
    const { data, error } = schema.safeParse(value, explained);
    return error === undefined ? { read: data } : { error };
  });
}

/** The references of a list that stands at a field path. */
export function placed<T>(
  path: Refused['path'],
  values: readonly Apart<T>[] | null | undefined,
): Placed<T>[] {
  return (values ?? []).map((value, index) => ({ path: [...path, index], value }));
}

/** The reference of a field that may be left out. */
export function placedAt<T>(
  path: Refused['path'],
  value: Apart<T> | null | undefined,
): Placed<T>[] {
  return value == null ? [] : [{ path, value }];
}

/** What those say that can be read. */
export function readable<T>(all: readonly Placed<T>[]): T[] {
  return all.flatMap(({ value }) => ('read' in value ? [value.read] : []));
}

/** What is wrong with the first of those that cannot be read, as a field of a record. */
export function refusedOf(all: readonly Placed<unknown>[]): { readonly refused?: Refused } {
  const refused = all.flatMap(({ path, value }) => {
    if ('read' in value) return [];
    const { path: inner, problem } = problemOf(value.error);
    return [{ path: [...path, ...inner], problem }];
  });
  const [first, ...more] = refused;
  if (first === undefined) return {};
  const also = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return {
    refused: { ...first, problem: `${first.problem}${also}; it counts for nothing, the others do` },
  };
}
