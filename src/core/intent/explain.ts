import { z } from 'zod';
import { suggest } from './keys.ts';

type Issue = z.core.$ZodRawIssue;

const expectations: Readonly<Record<string, string>> = {
  string: 'a string',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with fields',
  record: 'an object with a string for each key',
};

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/**
 * The sentence for what a schema refuses, where the schema has none of its own: what is there, and
 * what would be right. It stands behind the field's path. Undefined leaves zod's own words.
 */
export function explain(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue.input, issue.expected);
    case 'invalid_value': {
      const values = issue.values.map(String);
      return `${quote(issue.input)} is not one of ${values.join(', ')}${meant(String(issue.input), values)}`;
    }
    case 'too_big':
    case 'too_small':
      return explainSize(issue);
    case 'unrecognized_keys':
      return explainUnknown(issue);
    case 'invalid_key':
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}

function explainType(input: unknown, expected: string): string {
  const wanted = expectations[expected] ?? expected;
  if (input === undefined) return `it is missing; it must be ${wanted}`;
  if (input === null) {
    return 'it is null, as a template that renders nothing leaves it; fill it or leave it out';
  }
  const scalar = typeof input === 'number' || typeof input === 'boolean';
  const remedy = expected === 'string' && scalar ? `; write "${input}", with the quotes` : '';
  return `${quote(input)} must be ${wanted}${remedy}`;
}

function explainSize(issue: Extract<Issue, { code: 'too_big' | 'too_small' }>): string {
  const { code, origin, input } = issue;
  const bound = code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
  const size = typeof input === 'string' || Array.isArray(input) ? input.length : quote(input);
  return `it must be ${bound}${units[origin] ?? ''}; this is ${size}`;
}

function explainUnknown({ keys, inst }: Extract<Issue, { code: 'unrecognized_keys' }>): string {
  const known = inst instanceof z.ZodObject ? Object.keys(inst.shape) : [];
  const key = keys[0] ?? '';
  const other = keys.length > 1 ? ` (and ${keys.length - 1} more)` : '';
  return `there is no field ${quote(key)}${other}${meant(key, known) || `; there are ${known.join(', ')}`}`;
}

function meant(word: string, known: readonly string[]): string {
  const same = known.find((each) => each.toLowerCase() === word.toLowerCase());
  const suggestion = same ?? suggest(word, known);
  return suggestion === '' ? '' : `; did you mean ${suggestion}?`;
}

const mostQuoted = 60;

/** A value as it may stand in a message: on one line, without control characters, not too long. */
export function quote(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text;
}
