import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml';

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
  /** It has neither apiVersion nor kind, as Helm's values have: nobody meant it for an object. */
  readonly isForeign?: true;
}

export interface Input {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly InputProblem[];
}

/** Wrong usage, or something that a command needs and cannot have: in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The text of a file. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

interface ParsedText extends SourceText {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Where a value stands in a document, and what is known about it from around it. */
interface Position {
  readonly path: FieldPath;
  /** The values that it stands in. */
  readonly above: ReadonlySet<unknown>;
  /** What the list that it stands in says of its items. */
  readonly type: { readonly apiVersion?: string; readonly kind?: string };
}

const top: Position = { path: [], above: new Set(), type: {} };

/** As kubectl reads YAML: merge keys (`<<`) are applied, although YAML 1.2 has none. */
const parseOptions = { strict: true, merge: true } as const;

/**
 * Reads manifests from files, folders (every .yaml, .yml and .json below them) and, for `-`, from
 * `standardInput`. Lists and multi-document files are taken apart. A document that does not parse
 * and an object that contains itself (by an alias) are problems and never stop the others. Throws
 * UsageError for a path that cannot be opened.
 */
export function readManifests(paths: readonly string[], standardInput: () => string): Input {
  return readSources(paths.flatMap((path) => readPath(path, standardInput)));
}

/** As `readManifests`, of texts. */
export function readSources(sources: Iterable<SourceText>): Input {
  const manifests: Manifest[] = [];
  const problems: InputProblem[] = [];
  for (const source of sources) {
    const lines = new LineCounter();
    const documents = parseAllDocuments(source.text, { ...parseOptions, lineCounter: lines });
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const parsed = { ...source, document, lines };
      const [error] = document.errors;
      if (error !== undefined) {
        const [message = ''] = error.message.split(/ at line|\n/);
        problems.push({ place: placeAt(parsed, error.pos[0]), message: explained(message) });
      } else collect(parsed, toValue(parsed, problems), top, { manifests, problems });
    }
  }
  return { manifests, problems };
}

function toValue(parsed: ParsedText, problems: InputProblem[]): unknown {
  try {
    return parsed.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ place: placeOf(parsed, []), message: explained(message) });
    return undefined;
  }
}

/** The parser tells of its stack where a value is to blame. */
function explained(message: string): string {
  return message.includes('call stack') ? 'it is nested too deeply to be read' : message;
}

/** Whether a file of a folder is read. */
export function isManifestFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name);
}

function readPath(path: string, standardInput: () => string): SourceText[] {
  if (path === '-') return [{ file: 'stdin', text: standardInput() }];
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, text: readFileSync(path, 'utf8') }];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    const files = names.filter(isManifestFile);
    return files.map((name) => join(path, name)).flatMap(readFileIn);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file of a folder; what is a folder itself, whatever its name, is none. */
function readFileIn(file: string): SourceText[] {
  try {
    return statSync(file).isDirectory() ? [] : [{ file, text: readFileSync(file, 'utf8') }];
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UsageError(`cannot read ${path} (${code}); give a file, a folder, or - for stdin`);
}

function collect(
  parsed: ParsedText,
  raw: unknown,
  { path, above, type }: Position,
  into: { manifests: Manifest[]; problems: InputProblem[] },
): void {
  if (raw === null || raw === undefined) return;
  const value: Record<string, unknown> = isObject(raw) ? { ...type, ...raw } : {};
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const message = 'not a Kubernetes object: it needs apiVersion and kind';
    const isForeign = isObject(raw) && apiVersion === undefined && kind === undefined;
    const place = placeOf(parsed, path);
    into.problems.push({ place, message, ...(isForeign && { isForeign }) });
  } else if (kind.endsWith('List') && Array.isArray(items) && !above.has(raw)) {
    const inside = { above: new Set(above).add(raw), type: typeOfItem(apiVersion, kind) };
    for (const [index, item] of items.entries()) {
      collect(parsed, item, { ...inside, path: [...path, 'items', index] }, into);
    }
  } else {
    const locate = (field: FieldPath, offset?: number) =>
      placeOf(parsed, [...path, ...field], offset);
    const cycle = findCycle(raw, above);
    if (cycle === undefined) into.manifests.push({ apiVersion, kind, value, locate });
    else into.problems.push({ place: locate(cycle), message: endless });
  }
}

const endless = 'this alias leads back into the value that it stands in; write the value out';

/** The way to a value that stands in itself, or in one of `above`; undefined when there is none. */
function findCycle(value: unknown, above: ReadonlySet<unknown>): FieldPath | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.has(value)) return [];
  const inside = new Set(above).add(value);
  for (const [key, child] of Object.entries(value)) {
    const rest = findCycle(child, inside);
    if (rest !== undefined) return [key, ...rest];
  }
  return undefined;
}

/** Items of a typed list (`DeploymentList`) do not repeat their kind. */
function typeOfItem(apiVersion: string, kind: string): Position['type'] {
  return kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The place of the field at `path`, or of the nearest field around it. */
function placeOf(parsed: ParsedText, path: FieldPath, offset?: number): string {
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
  if (target.has(part)) return target.get(part, true);
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

function placeAt({ file, lines }: ParsedText, position: number): string {
  const { line, col } = lines.linePos(position);
  return `${file}:${line}:${col}`;
}
