import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isScalar, LineCounter, parseAllDocuments, Scalar } from 'yaml';

export type FieldPath = readonly (string | number)[];

/** One Kubernetes object of a file, and a way back to the places in that file. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** `file:line:column` of a field, or of a character in its text. */
  locate(path: FieldPath, offset?: number): string;
}

/** A part of the input that could not be read. */
export interface InputProblem {
  readonly place: string;
  readonly message: string;
}

export interface Input {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly InputProblem[];
}

/** A path that cannot be opened: wrong usage, in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface SourceText {
  readonly file: string;
  readonly text: string;
}

interface ParsedText extends SourceText {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/**
 * Reads manifests from files, folders (every .yaml, .yml and .json below them) and, for `-`, from
 * `standardInput`. Lists and multi-document files are taken apart. A document that does not parse
 * is a problem and never stops the others. Throws UsageError for a path that cannot be opened.
 */
export function readManifests(paths: readonly string[], standardInput: () => string): Input {
  const manifests: Manifest[] = [];
  const problems: InputProblem[] = [];
  for (const source of paths.flatMap((path) => readPath(path, standardInput))) {
    const lines = new LineCounter();
    const documents = parseAllDocuments(source.text, { lineCounter: lines, strict: true });
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const parsed = { ...source, document, lines };
      const [error] = document.errors;
      if (error !== undefined) {
        const [message = ''] = error.message.split(/ at line|\n/);
        problems.push({ place: placeAt(parsed, error.pos[0]), message });
      } else collect(parsed, toValue(parsed, problems), [], { manifests, problems });
    }
  }
  return { manifests, problems };
}

function toValue(parsed: ParsedText, problems: InputProblem[]): unknown {
  try {
    return parsed.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ place: placeAt(parsed, 0), message });
    return undefined;
  }
}

function readPath(path: string, standardInput: () => string): SourceText[] {
  if (path === '-') return [{ file: 'stdin', text: standardInput() }];
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, text: readFileSync(path, 'utf8') }];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
    return files
      .map((name) => join(path, name))
      .map((file) => ({
        file,
        text: readFileSync(file, 'utf8'),
      }));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`cannot read ${path} (${code}); give a file, a folder, or - for stdin`);
  }
}

function collect(
  parsed: ParsedText,
  value: unknown,
  base: FieldPath,
  into: { manifests: Manifest[]; problems: InputProblem[] },
): void {
  if (value === null || value === undefined) return;
  const { apiVersion, kind, items } = isObject(value) ? value : {};
  if (!isObject(value) || typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const place = placeOf(parsed, base);
    const message = 'not a Kubernetes object: it needs apiVersion and kind';
    into.problems.push({ place, message });
  } else if (kind.endsWith('List') && Array.isArray(items)) {
    for (const [index, item] of items.entries()) {
      const typed = isObject(item) ? { ...typeOfItem(apiVersion, kind), ...item } : item;
      collect(parsed, typed, [...base, 'items', index], into);
    }
  } else {
    const locate = (path: FieldPath, offset?: number) =>
      placeOf(parsed, [...base, ...path], offset);
    into.manifests.push({ apiVersion, kind, value, locate });
  }
}

/** Items of a typed list (`DeploymentList`) do not repeat their kind. */
function typeOfItem(apiVersion: string, kind: string): { apiVersion?: string; kind?: string } {
  return kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of the field at `path`, or of the nearest field around it. */
function placeOf(parsed: ParsedText, path: FieldPath, offset?: number): string {
  for (let length = path.length; length > 0; length--) {
    const node = parsed.document.getIn(path.slice(0, length), true);
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

function placeAt({ file, lines }: ParsedText, position: number): string {
  const { line, col } = lines.linePos(position);
  return `${file}:${line}:${col}`;
}
