import { type Document, parseAllDocuments, parseDocument } from 'yaml';
import { errorText } from '../error-text.ts';
import { splitJson, splitYaml, type TextPart } from './documents.ts';
import { readQuickly } from './fast-yaml.ts';
import { Lines } from './lines.ts';
import { findLateMerge } from './merge-order.ts';
import { type ParsedText, placeAt, placeOf, placeOfUnresolved, type SourceText } from './places.ts';
import { slowOptions } from './yaml-tags.ts';

/** A document, and what it is worth; undefined where that is a problem. */
interface ReadDocument {
  readonly parsed: ParsedText;
  readonly value: unknown;
}

type Report = (problem: { readonly place: string; readonly message: string }) => void;

/** What a file and its lines are called wherever one of its documents is read. */
type File = Pick<ParsedText, 'file' | 'lines'>;

/**
 * The documents of a text of YAML, or of JSON, of which several values may stand one after the other.
 * Values are those that kubectl reads. Places are looked for when somebody asks: the parser that knows
 * them takes many times as long. A document that does not parse is reported and stops no other.
 */
export function* parseText({ file, text }: SourceText, report: Report): Generator<ReadDocument> {
  if (text.slice(0, 2).includes('\0')) {
    const message = 'this looks like UTF-16 without a byte order mark; save it as UTF-8';
    report({ place: `${file}:1:1`, message });
    return;
  }
  const own = { file, lines: new Lines(text) };
  const fast = readJson(own, text) ?? readFast(own, text);
  for (const part of fast ?? parseSlowly(own, { text, start: 0 })) {
    if (part instanceof FastPart) yield { parsed: part, value: part.value };
    else if (part.document.errors.length === 0)
      yield { parsed: part, value: toValue(part, report) };
    else reportError(part, report);
  }
}

/** JSON is YAML, but read much faster as what it is. */
function readJson(file: File, text: string): FastPart[] | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  const whole = { text, start: 0 };
  return parseJson(file, [whole]) ?? parseJson(file, splitJson(text));
}

function parseJson(file: File, parts: readonly TextPart[] | undefined): FastPart[] | undefined {
  try {
    return parts?.map((part) => new FastPart(file, part, JSON.parse(part.text)));
  } catch {
    return undefined;
  }
}

/**
 * Every document by the fast parser, or by the slow one where that has nothing against it; undefined
 * where it has: what is wrong, and where, depends on the documents around it.
 */
function readFast(file: File, text: string): ParsedText[] | undefined {
  const all: ParsedText[] = [];
  const parts = splitYaml(text) ?? [];
  for (const part of parts) {
    // What it merges, and over what, only the tree tells.
    const quick = part.text.includes('<<') ? undefined : readQuickly(part.text);
    if (quick !== undefined) {
      all.push(new FastPart(file, part, quick.value));
      continue;
    }
    if (parts.length === 1) return undefined;
    const slow = parseSlowly(file, part);
    if (slow.some(({ document }) => document.errors.length > 0)) return undefined;
    all.push(...slow);
  }
  return parts.length === 0 ? undefined : all;
}

function parseSlowly(file: File, part: TextPart): ParsedText[] {
  const documents = parseAllDocuments(part.text, slowOptions);
  return [...documents].map((document) => ({ ...file, ...part, document }));
}

/** A document whose value is known, and whose tree is parsed when a place in it is asked for. */
class FastPart implements ParsedText {
  readonly file: string;
  readonly lines: Lines;
  readonly text: string;
  readonly start: number;
  readonly value: unknown;
  #document: Document.Parsed | undefined;

  constructor({ file, lines }: File, { text, start }: TextPart, value: unknown) {
    this.file = file;
    this.lines = lines;
    this.text = text;
    this.start = start;
    this.value = value;
  }

  get document(): Document.Parsed {
    this.#document ??= parseDocument(this.text, slowOptions);
    return this.#document;
  }
}

function toValue(parsed: ParsedText, report: Report): unknown {
  try {
    const late = findLateMerge(parsed.document);
    if (late !== undefined) {
      report({ place: placeAt(parsed, late.range?.[0] ?? 0), message: lateMerge });
      return undefined;
    }
    return parsed.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = errorText(error);
    const place = placeOfUnresolved(parsed) ?? placeOf(parsed, []);
    report({ place, message: explained(message) });
    return undefined;
  }
}

const lateMerge =
  'this << brings a key that stands before it, and kubectl would let it win; write << first';

function reportError(parsed: ParsedText, report: Report): void {
  const [error] = parsed.document.errors;
  if (error === undefined) return;
  const [message = ''] = error.message.split(/ at line|\n/);
  report({ place: placeAt(parsed, error.pos[0]), message: explained(message) });
}

/** The parser tells of its stack where a value is to blame. */
function explained(message: string): string {
  return message.includes('call stack') ? 'it is nested too deeply to be read' : message;
}
