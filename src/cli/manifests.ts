import { isObject } from '../core/model/canonical-json.ts';
import { parseText } from './parse.ts';
import { type FieldPath, type ParsedText, placeOf, type SourceText } from './places.ts';
import { readPath } from './sources.ts';

export { UsageError } from './usage.ts';

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

/** Where a value stands in a document, and what is known about it from around it. */
interface Position {
  readonly path: FieldPath;
  /** The values that it stands in. */
  readonly above: ReadonlySet<unknown>;
  /** What the list that it stands in says of its items. */
  readonly type: { readonly apiVersion?: string; readonly kind?: string };
}

const top: Position = { path: [], above: new Set(), type: {} };

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
  const unread: InputProblem[] = [];
  const onProblem = (problem: InputProblem) => unread.push(problem);
  const { manifests, problems } = readSources(
    paths.flatMap((path) => readPath(path, standardInput, onProblem)),
  );
  return { manifests, problems: [...unread, ...problems] };
}

/** As `readManifests`, of texts. */
export function readSources(sources: Iterable<SourceText>): Input {
  const manifests: Manifest[] = [];
  const problems: InputProblem[] = [];
  for (const source of sources) {
    for (const { parsed, value } of parseText(source, (problem) => problems.push(problem))) {
      collect(parsed, value, top, { manifests, problems });
    }
  }
  return { manifests, problems };
}

/** Reads documents of any form, from where `readManifests` reads its own, with the same problems. */
export function readDocuments(paths: readonly string[], standardInput: () => string) {
  const documents: YamlDocument[] = [];
  const problems: InputProblem[] = [];
  const onProblem = (problem: InputProblem) => problems.push(problem);
  for (const source of paths.flatMap((path) => readPath(path, standardInput, onProblem))) {
    for (const { parsed, value } of parseText(source, onProblem)) {
      const locate = (path: FieldPath) => placeOf(parsed, path);
      documents.push({ file: parsed.file, value, locate });
    }
  }
  return { documents, problems };
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
    const fault = faultIn(raw, new Set(above), above.size + mostNested);
    if (fault === undefined) into.manifests.push({ apiVersion, kind, value, locate });
    else into.problems.push({ place: locate(fault.path), message: fault.message });
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

/** Nothing that the API server takes is nested as deeply. */
const mostNested = 500;

interface ValueFault {
  readonly path: FieldPath;
  readonly message: string;
}

/** What of a value cannot be walked through: it stands in itself, or in one of `around`, or too deep. */
function faultIn(value: unknown, around: Set<unknown>, most: number): ValueFault | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (around.has(value)) return { path: [], message: endless };
  if (around.size > most) return { path: [], message: 'it is nested too deeply to be read' };
  around.add(value);
  for (const [key, child] of Object.entries(value)) {
    const fault = faultIn(child, around, most);
    if (fault !== undefined) return { ...fault, path: [key, ...fault.path] };
  }
  around.delete(value);
  return undefined;
}

/** Items of a typed list (`DeploymentList`) do not repeat their kind. */
function typeOfItem(apiVersion: string, kind: string): Position['type'] {
  return kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
}
