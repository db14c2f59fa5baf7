import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceText } from './places.ts';
import { UsageError } from './usage.ts';

/** Whether a file of a folder is read. */
export function isManifestFile(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name);
}

/** The text of a file, which is UTF-8 unless it begins with the mark of UTF-16. */
export function decodeText(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}

/**
 * The texts of a file, of every .yaml, .yml and .json file below a folder, or, for `-`, of
 * `standardInput`. Throws UsageError for a path that cannot be opened; a file below it that cannot be
 * read is told to `onProblem`.
 */
export function readPath(
  path: string,
  standardInput: () => string,
  onProblem: (problem: { readonly place: string; readonly message: string }) => void,
): SourceText[] {
  if (path === '-') return [{ file: 'stdin', text: standardInput() }];
  try {
    if (!statSync(path).isDirectory())
      return [{ file: path, text: decodeText(readFileSync(path)) }];
    return filesBelow(path)
      .sort()
      .flatMap((file) => readFileIn(file, onProblem));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Links to files are followed, links to folders are not: they may lead back. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return isManifestFile(entry.name) ? [path] : [];
  });
}

/** A file of a folder, which is no reason to leave out the others. A link to a folder is none. */
function readFileIn(file: string, onProblem: Parameters<typeof readPath>[2]): SourceText[] {
  try {
    return statSync(file).isDirectory() ? [] : [{ file, text: decodeText(readFileSync(file)) }];
  } catch (error) {
    onProblem({ place: file, message: `it cannot be read (${codeOf(error)})` });
    return [];
  }
}

function unreadable(path: string, error: unknown): UsageError {
  return new UsageError(
    `cannot read ${path} (${codeOf(error)}); give a file, a folder, or - for stdin`,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
