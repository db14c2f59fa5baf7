import { canonicalSelector, type LabelRequirement, type LabelSelector } from '../model/labels.ts';

const name = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const part = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelKey = new RegExp(`^((?=[^/]{1,253}/)${part}([.]${part})*/)?${name}$`);
const labelValue = new RegExp(`^(${name})?$`);

/**
 * Reads a label selector as `kubectl -l` takes it: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b, c)`, `a`
 * and `!a`, separated by commas. Out: the selector in canonical form, or the rule that the text breaks.
 * One without requirements is refused: it would mean all.
 */
export function parseSelector(text: string): LabelSelector | string {
  const parts = splitOutside(text, ',');
  if (parts.every((part) => part === '')) return 'it selects everything; name at least one label';
  const matchLabels = new Map<string, string>();
  const matchExpressions: LabelRequirement[] = [];
  for (const part of parts) {
    const read = parseRequirement(part);
    if (typeof read === 'string') return read;
    const { key, equals } = read;
    const before = matchLabels.get(key) ?? equals;
    if (equals === undefined) matchExpressions.push(read);
    else if (before === equals) matchLabels.set(key, equals);
    else
      return `no pod has two values of ${key}; for either write ${key} in (${before}, ${equals})`;
  }
  return canonicalSelector({ matchLabels: Object.fromEntries(matchLabels), matchExpressions });
}

/** A requirement; `equals` is set where it goes into `matchLabels`. */
interface Read extends LabelRequirement {
  readonly equals?: string;
}

function parseRequirement(text: string): Read | string {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return checked({ key: set[1] ?? '', operator: set[2] === 'in' ? 'In' : 'NotIn', values });
  }
  const equality = /^([^=!\s]+)\s*(==?|!=)\s*(\S*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', sign, value = ''] = equality;
    return sign === '!='
      ? checked({ key, operator: 'NotIn', values: [value] })
      : checked({ key, operator: 'In', values: [value], equals: value });
  }
  return text.startsWith('!')
    ? checked({ key: text.slice(1).trim(), operator: 'DoesNotExist' })
    : checked({ key: text, operator: 'Exists' });
}

function checked(read: Read): Read | string {
  if (!labelKey.test(read.key)) {
    return `"${read.key}" is no label; a selector is written as for kubectl, such as tier=api, team in (a, b), !legacy`;
  }
  const wrong = read.values?.find((value) => !labelValue.test(value));
  if (wrong === undefined) return read;
  return `"${wrong}" is no value of a label: it has letters, digits, "-", "_" and ".", at most 63`;
}

/** Splits a text at each separator that stands outside of parentheses, without white space around. */
export function splitOutside(text: string, separator: string): string[] {
  return pieces(text, (character) => character === separator).map(({ piece }) => piece.trim());
}

/** The pieces of a text between the characters that separate, where those are in no parentheses. */
export function pieces(
  text: string,
  separates: (character: string) => boolean,
): { piece: string; offset: number }[] {
  const found: { piece: string; offset: number }[] = [];
  let depth = 0;
  let offset = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && separates(character)) {
      found.push({ piece: text.slice(offset, at), offset });
      offset = at + 1;
    }
  }
  return [...found, { piece: text.slice(offset), offset }];
}
