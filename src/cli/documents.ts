/** A document within a text. */
export interface TextPart {
  readonly text: string;
  readonly start: number;
}

/**
 * Directives, ends of documents, marks of byte order and lone carriage returns: what the two parsers
 * may part at different places.
 */
const unusual = /(?<![^\n])(?:%|\.\.\.)|\uFEFF|\r(?!\n)/;
/** At the beginning of a line it begins a document, whatever it stands in. */
const marker = /(?<![^\n])---(?![^ \t\r\n])/g;
const blank = /^(?:[ \t\r]*(?:#[^\n]*)?\n)*$/;

/** A stream of YAML at its markers, a document each; undefined where that would be too simple. */
export function splitYaml(text: string): TextPart[] | undefined {
  if (unusual.test(text)) return undefined;
  const [first = 0, ...rest] = Array.from(text.matchAll(marker), ({ index }) => index);
  const starts = blank.test(text.slice(0, first)) ? [0, ...rest] : [0, first, ...rest];
  return starts.map((start, index) => ({ text: text.slice(start, starts[index + 1]), start }));
}

const jsonTokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/gs;
const steps: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** Values of JSON that stand one after the other; undefined for what is none. */
export function splitJson(text: string): TextPart[] | undefined {
  const parts: TextPart[] = [];
  let depth = 0;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(jsonTokens)) {
    depth += steps[token] ?? 0;
    if (depth > 0) continue;
    const next = index + token.length;
    parts.push({ text: text.slice(end, next), start: end });
    end = next;
  }
  return text.slice(end).trim() === '' ? parts : undefined;
}
