import { spawnSync } from 'node:child_process';
import type { Host } from './host.ts';
import type { SourceText } from './places.ts';
import { decodeText, isManifestFile } from './sources.ts';
import { UsageError } from './usage.ts';

const mostBytes = 1024 * 1024 * 1024;

interface Entry {
  readonly file: string;
  readonly object: string;
  readonly isLink: boolean;
}

/**
 * The manifests of a git revision below some paths (all of the current folder for none), named
 * `revision:path`. Runs git in the current folder. Symbolic links are told of and left out. Throws
 * UsageError where git cannot be run or has no such revision.
 */
export function readRevision(
  revision: string,
  paths: readonly string[],
  host: Pick<Host, 'say'>,
): SourceText[] {
  if (revision === '' || revision.startsWith('-')) {
    throw new UsageError('--git takes two revisions, such as main..HEAD');
  }
  const scope = paths.length === 0 ? ['.'] : paths;
  const listing = git(['ls-tree', '-r', '-z', revision, '--', ...scope]).toString('utf8');
  const entries = listing.split('\0').flatMap(readEntry);
  const files = entries.filter(({ isLink }) => !isLink);
  for (const { file } of entries.filter(({ isLink }) => isLink)) {
    host.say(`notice: ${revision}:${file} is a symbolic link and is left out; name its target`);
  }
  const objects = git(['cat-file', '--batch'], files.map(({ object }) => `${object}\n`).join(''));
  return takeApart(objects, files).map(({ file, text }) => ({ file: `${revision}:${file}`, text }));
}

/** A line of `git ls-tree`: mode, type and object, then a tab and the path as it is. */
function readEntry(line: string): Entry[] {
  const tab = line.indexOf('\t');
  const [mode, type, object = ''] = line.slice(0, tab).split(' ');
  const file = line.slice(tab + 1);
  if (type !== 'blob' || !isManifestFile(file)) return [];
  return [{ file, object, isLink: mode === '120000' }];
}

/** Each object is a line of its name, type and size, its bytes, and a line break. */
function takeApart(batch: Buffer, files: readonly Entry[]): SourceText[] {
  let at = 0;
  return files.map(({ file, object }) => {
    const lineEnd = batch.indexOf(10, at);
    const [, type, size] = batch.toString('utf8', at, lineEnd).split(' ');
    if (type !== 'blob') throw new UsageError(`git does not have ${file} here (object ${object})`);
    const end = lineEnd + 1 + Number(size);
    const text = decodeText(batch.subarray(lineEnd + 1, end));
    at = end + 1;
    return { file, text };
  });
}

function git(args: readonly string[], input = ''): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { input, maxBuffer: mostBytes });
  if (error !== undefined) throw new UsageError(`git cannot be run: ${error.message}`);
  if (status === 0) return stdout;
  throw new UsageError(`git: ${stderr.toString('utf8').trim().split('\n')[0]}`);
}
