/** What an unquoted word of YAML is worth, other than a text. */
const words = new Map<string, boolean | number | null>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF'].flatMap((word) => [
    [word, Number.POSITIVE_INFINITY] as const,
    [`+${word}`, Number.POSITIVE_INFINITY] as const,
    [`-${word}`, Number.NEGATIVE_INFINITY] as const,
  ]),
]);

/** What an unquoted scalar begins with that may be other than a text; '' where it is empty. */
export const firstOfPlain = ['', ...'0123456789+-.~yYnNtTfFoO'];

const withBase = /^([-+]?)(0(?:[xX][0-9a-fA-F]+|[oO]?[0-7]+|[bB][01]+))$/;
const decimal = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const fraction = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;

/**
 * What an unquoted scalar is worth to kubectl, which reads YAML 1.1 without its dates and its base 60:
 * go.yaml.in/yaml/v2, resolve.go. A number too big for it is a text.
 */
export function readPlain(text: string): string | boolean | number | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return fraction.test(text) ? finiteOr(text, text) : text;
  if (!/^[-+0-9]/.test(text)) return text;
  const digits = text.replaceAll('_', '');
  const [, sign, literal] = withBase.exec(digits) ?? [];
  const based = literal === undefined ? undefined : readWithBase(literal, sign === '-');
  return based ?? (decimal.test(digits) ? finiteOr(digits, text) : text);
}

function finiteOr(digits: string, text: string): number | string {
  const value = Number(digits.replaceAll('_', ''));
  // Zero has no sign: it is a whole number.
  return Number.isFinite(value) ? value || 0 : text;
}

/** A leading zero is octal; undefined for what has no place in 64 bits. */
function readWithBase(literal: string, isNegative: boolean): number | undefined {
  const value = BigInt(/^0[0-7]/.test(literal) ? `0o${literal}` : literal);
  if (value > (isNegative ? 2n ** 63n : 2n ** 64n - 1n)) return undefined;
  return Number(isNegative ? -value : value);
}
