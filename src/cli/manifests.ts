import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import {
  type FieldPath,
  type ParsedText,
  placeAt,
  placeOf,
  placeOfUnresolved,
  type SourceText,
} from './places.ts';

/** One Kubernetes object of a file, and a way back to the places in that file. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** It came from a cluster, so that its place is no more than its name. */
  readonly isLive?: true;
  /** `file:line:column` of a field, or of a character in its text. */
  locate(path: FieldPath, offset?: number): string;
}

/** A part of the input that could not be read. */
export interface InputProblem {
  readonly place: string;
  readonly message: string;
  /** It has neither apiVersion nor kind, as Helm's values have: nobody meant it for an object. */
  readonly isForeign?: true;
  /** The object was given before; this one counts. */
  readonly isDuplicate?: true;
}

export interface Input {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly InputProblem[];
}

/** Wrong usage, or something that a command needs and cannot have: in one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
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

/** One document of a YAML file, whatever is in it, and a way back to the places in that file. */
export interface YamlDocument {
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of a field, or of the nearest field around it. */
  locate(path: FieldPath): string;
}

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
  for (const parsed of parseAll(sources, problems)) {
    collect(parsed, toValue(parsed, problems), top, { manifests, problems });
  }
  return { manifests, problems };
}

/** Reads documents of any form, from where `readManifests` reads its own, with the same problems. */
export function readDocuments(paths: readonly string[], standardInput: () => string) {
  const documents: YamlDocument[] = [];
  const problems: InputProblem[] = [];
  const sources = paths.flatMap((path) => readPath(path, standardInput));
  for (const parsed of parseAll(sources, problems)) {
    const locate = (path: FieldPath) => placeOf(parsed, path);
    documents.push({ file: parsed.file, value: toValue(parsed, problems), locate });
  }
  return { documents, problems };
}

function* parseAll(sources: Iterable<SourceText>, problems: InputProblem[]): Generator<ParsedText> {
  for (const source of sources) {
    const json = readJson(source);
    if (json !== undefined) {
      yield json;
      continue;
    }
    const lines = new LineCounter();
    const documents = parseAllDocuments(source.text, { ...parseOptions, lineCounter: lines });
    if (!Array.isArray(documents)) continue;
    for (const document of documents) {
      const parsed = { ...source, document, lines };
      const [error] = document.errors;
      if (error === undefined) yield parsed;
      else {
        const [message = ''] = error.message.split(/ at line|\n/);
        problems.push({ place: placeAt(parsed, error.pos[0]), message: explained(message) });
      }
    }
  }
}

/** JSON is YAML, but read much faster as what it is; places are looked up when somebody asks. */
function readJson(source: SourceText): ParsedText | undefined {
  if (!/^\s*[{[]/.test(source.text)) return undefined;
  try {
    return new JsonText(source, JSON.parse(source.text));
  } catch {
    return undefined;
  }
}

class JsonText implements ParsedText {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly lines = new LineCounter();
  #document: ParsedText['document'] | undefined;

  constructor({ file, text }: SourceText, value: unknown) {
    this.file = file;
    this.text = text;
    this.value = value;
  }

  get document(): ParsedText['document'] {
    this.#document ??= parseDocument(this.text, { ...parseOptions, lineCounter: this.lines });
    return this.#document;
  }
}

function toValue(parsed: ParsedText, problems: InputProblem[]): unknown {
  if (parsed instanceof JsonText) return parsed.value;
  try {
    return parsed.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const place = placeOfUnresolved(parsed) ?? placeOf(parsed, []);
    problems.push({ place, message: explained(message) });
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
  const refused = refusalOf(value);
  if (refused !== undefined) {
    const { field, ...problem } = refused;
    into.problems.push({ place: placeOf(parsed, [...path, ...field]), ...problem });
    return;
  }
  const { apiVersion, kind, items } = value as { apiVersion: string; kind: string; items: unknown };
  if (kind.endsWith('List') && Array.isArray(items) && !above.has(raw)) {
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

/** Why a value is no object, or no list of objects, of Kubernetes. */
function refusalOf(
  value: Readonly<Record<string, unknown>>,
): (Omit<InputProblem, 'place'> & { readonly field: FieldPath }) | undefined {
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const isForeign =
      Object.keys(value).length > 0 && apiVersion === undefined && kind === undefined;
    const message = 'not a Kubernetes object: it needs apiVersion and kind';
    return { field: [], message, ...(isForeign && { isForeign }) };
  }
  if (kind !== 'List' || items == null || Array.isArray(items)) return undefined;
  return { field: ['items'], message: 'a List has its objects under items, as a list' };
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
