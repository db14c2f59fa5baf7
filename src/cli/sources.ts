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
 * `standardInput`. Throws UsageError for a path that cannot be opened.
 */
export function readPath(path: string, standardInput: () => string): SourceText[] {
  if (path === '-') return [{ file: 'stdin', text: standardInput() }];
  try {
    if (!statSync(path).isDirectory())
      return [{ file: path, text: decodeText(readFileSync(path)) }];
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
    return statSync(file).isDirectory() ? [] : [{ file, text: decodeText(readFileSync(file)) }];
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new UsageError(`cannot read ${path} (${code}); give a file, a folder, or - for stdin`);
}
