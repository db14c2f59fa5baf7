import { type Document, isAlias, isMap, isScalar, isSeq, Scalar, visit, type YAMLMap } from 'yaml';
import type { Lines } from './lines.ts';

export type FieldPath = readonly (string | number)[];

/** The text of a file. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** A document of a file as YAML, and its own text. */
export interface ParsedText extends SourceText {
  readonly document: Document.Parsed;
  /** Where the text begins in the file. */
  readonly start: number;
  /** Of the whole file. */
  readonly lines: Lines;
}

/** The place of the field at `path`, or of the nearest field around it. */
export function placeOf(parsed: ParsedText, path: FieldPath, offset?: number): string {
  for (let length = path.length; length > 0; length--) {
    const node = nodeAt(parsed.document, path.slice(0, length));
    if (isScalar(node) && node.range) {
      return placeAt(
        parsed,
        characterOf(parsed, node, length === path.length ? offset : undefined),
      );
    }
    const range = typeof node === 'object' && node !== null && 'range' in node && node.range;
    if (Array.isArray(range)) return placeAt(parsed, Number(range[0]));
  }
  return placeAt(parsed, parsed.document.contents?.range?.[0] ?? 0);
}

/** The node at `path`: for what an alias or a merge key brings in, the one that it is taken from. */
function nodeAt(document: Document.Parsed, path: FieldPath): unknown {
  let node: unknown = document.contents;
  for (const part of path) node = childOf(document, node, part);
  return node;
}

function childOf(document: Document.Parsed, node: unknown, part: string | number): unknown {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) return target.get(part, true);
  if (!isMap(target)) return undefined;
  const pair = target.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  if (pair !== undefined) return pair.value;
  for (const source of mergedInto(target)) {
    const found = childOf(document, source, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the merge keys of a mapping name; the parser gives such a key a symbol for its value. */
function mergedInto({ items }: YAMLMap): unknown[] {
  const merges = items.filter(({ key }) => isScalar(key) && typeof key.value === 'symbol');
  return merges.flatMap(({ value }): unknown[] => (isSeq(value) ? value.items : [value]));
}

/** Where a character of a scalar's value stands in the file; its start where that is not exact. */
function characterOf({ text }: ParsedText, node: Scalar, offset: number | undefined): number {
  const start = node.range?.[0] ?? 0;
  if (offset === undefined || typeof node.value !== 'string') return start;
  if (node.type === Scalar.BLOCK_LITERAL) return characterInBlock(text, start, node.value, offset);
  const plain = node.type === Scalar.PLAIN;
  const first = plain ? start : start + 1;
  const exact = text.slice(first, first + offset) === node.value.slice(0, offset);
  return exact ? first + offset : start;
}

/** A literal block keeps its lines: the n-th line of the value is the n-th below the header. */
function characterInBlock(text: string, start: number, value: string, offset: number): number {
  const before = value.slice(0, offset);
  const lineIndex = before.split('\n').length - 1;
  const column = offset - (before.lastIndexOf('\n') + 1);
  let position = text.indexOf('\n', start) + 1;
  for (let line = 0; line < lineIndex; line++) position = text.indexOf('\n', position) + 1;
  const wanted = value.split('\n')[lineIndex] ?? '';
  const line = text.slice(position).split('\n', 1)[0] ?? '';
  return position + Math.max(0, line.indexOf(wanted)) + column;
}

/** `file:line:column` of a character of a document. */
export function placeAt(
  { file, lines, start }: Pick<ParsedText, 'file' | 'lines' | 'start'>,
  position: number,
): string {
  const { line, column } = lines.at(start + position);
  return `${file}:${line}:${column}`;
}

/** The place of the first alias whose anchor is not there. */
export function placeOfUnresolved(parsed: ParsedText): string | undefined {
  let place: string | undefined;
  visit(parsed.document, {
    Alias: (_key, alias) => {
      if (alias.resolve(parsed.document) !== undefined || !alias.range) return undefined;
      place = placeAt(parsed, alias.range[0]);
      return visit.BREAK;
    },
  });
  return place;
}
