import { spawnSync } from 'node:child_process';
import { isManifestFile, UsageError } from './manifests.ts';
import type { SourceText } from './places.ts';

const mostBytes = 1024 * 1024 * 1024;

/**
 * The manifests of a git revision below some paths (all of the repository for none), named
 * `revision:path`. Runs git in the current folder. Throws UsageError where it has no such revision,
 * or no such path.
 */
export function readRevision(revision: string, paths: readonly string[]): SourceText[] {
  if (revision === '' || revision.startsWith('-')) {
    throw new UsageError(`--git takes two revisions, such as main..HEAD`);
  }
  const scope = paths.length === 0 ? ['.'] : paths;
  const listing = git(['ls-tree', '-r', '-z', '--name-only', revision, '--', ...scope]);
  const files = listing.toString('utf8').split('\0').filter(isManifestFile);
  const objects = git(
    ['cat-file', '--batch'],
    files.map((file) => `${revision}:./${file}\n`).join(''),
  );
  return takeApart(objects, files).map(({ file, text }) => ({ file: `${revision}:${file}`, text }));
}

/** Each object is a line of its name, type and size, its bytes, and a line break. */
function takeApart(batch: Buffer, files: readonly string[]): SourceText[] {
  let at = 0;
  return files.map((file) => {
    const lineEnd = batch.indexOf(10, at);
    const size = Number(batch.toString('utf8', at, lineEnd).split(' ').at(-1));
    const text = batch.toString('utf8', lineEnd + 1, lineEnd + 1 + size);
    at = lineEnd + 1 + size + 1;
    return { file, text };
  });
}

function git(args: readonly string[], input = ''): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', args, { input, maxBuffer: mostBytes });
  if (error !== undefined) throw new UsageError(`git cannot be run: ${error.message}`);
  if (status === 0) return stdout;
  throw new UsageError(`git: ${stderr.toString('utf8').trim().split('\n')[0]}`);
}
