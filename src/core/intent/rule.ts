import type { z } from 'zod';

/**
 * A rule that JSON Schema cannot say: once for the API server as CEL, once for `render` and the
 * operator as a predicate. A table test holds the two to the same verdict and the same sentence
 * on a real API server.
 */
export interface Rule<Value> {
  /** CEL, with `self` as the value (`x-kubernetes-validations`). */
  readonly cel: string;
  readonly holds: (value: Value) => boolean;
  /** What is wrong and what would be right, for a person who is in a hurry. */
  readonly message: string;
  /** A sentence that names parts of the value. In CEL only where its estimated cost allows. */
  readonly detail?: { readonly cel?: string; readonly say: (value: Value) => string };
  /** The field below this value that the rule is about. */
  readonly field?: string;
}

/** The schema with rules added to those that it has; they are asked of a value of the right shape. */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  ...rules: readonly Rule<z.output<Schema>>[]
): Schema {
  let checked: z.ZodType<z.output<Schema>> = schema as never;
  for (const { holds, message, detail, field } of rules) {
    checked = checked.refine(holds, {
      error: ({ input }) => detail?.say(input as z.output<Schema>) ?? message,
      ...(field !== undefined && { path: [field] }),
    });
  }
  const meta = schema.meta();
  const before = (meta?.[validations] ?? []) as readonly unknown[];
  const added = rules.map(({ cel, message, detail, field }) => ({
    rule: cel,
    message,
    ...(detail?.cel !== undefined && { messageExpression: detail.cel }),
    ...(field !== undefined && { fieldPath: `.${field}` }),
  }));
  return checked.meta({ ...meta, [validations]: [...before, ...added] }) as unknown as Schema;
}

const validations = 'x-kubernetes-validations';

/**
 * A rule that refuses `null` in optional fields whose absence would allow more: what a template
 * that renders nothing leaves behind. They are `nullable` in the CRD, or the server would prune
 * the null before any rule sees it. CEL takes a null for absent, but `size` still counts it.
 */
export function refuseNulls<Value extends object>(
  all: readonly string[],
  nullable: readonly string[],
): Rule<Value> {
  return {
    cel: `size(dyn(self)) == ${countFields(all)}`,
    // zod refuses the null itself, with the field's place.
    holds: () => true,
    message: `${nullable.join(' or ')} is null, as a template that renders nothing leaves it; fill it or leave it out`,
  };
}

/** A list that is given has something in it: an empty one never means "all" or "nobody". */
export function refuseEmpty(message: string): Rule<readonly unknown[]> {
  return { cel: 'size(self) > 0', holds: (list) => list.length > 0, message };
}

/** CEL for how many of these fields are set. */
export function countFields(names: readonly string[]): string {
  const present = names.map((name) => `has(self.${escapeName(name)})`).join(', ');
  return `[${present}].filter(given, given).size()`;
}

/** `namespace` is a reserved word of CEL; Kubernetes gives it an escaped name. */
export function escapeName(name: string): string {
  return name === 'namespace' ? '__namespace__' : name;
}
