import { namespaceNameProblem } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { Inventory } from '../core/inventory/inventory.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import type { Config } from '../settings.ts';
import { compareSides, isSame } from './diff-report.ts';
import { formatDiffJson, formatDiffMarkdown, formatDiffText } from './diff-text.ts';
import { type Gathered, gatherFrom, readLive } from './gather.ts';
import { readRevision } from './git-sources.ts';
import type { ExitCode, Host } from './host.ts';
import { type Input, readManifests, readSources, UsageError } from './manifests.ts';
import { overlay } from './overlay.ts';

export interface DiffOptions {
  /** OLD and NEW; with `git`, where to look; with `live`, what is to be applied. */
  readonly paths: readonly string[];
  /** `A..B` */
  readonly git: string | undefined;
  /** Whether the old side is the cluster, and the new one the same with `paths` applied. */
  readonly live: boolean;
  /** Only the policies that are given; else what the declarations would render as well. */
  readonly policiesOnly: boolean;
  readonly namespace: string;
  readonly output: 'text' | 'json' | 'markdown';
  readonly config: Config;
}

/**
 * Prints which policies differ between two sides, and which connections are gained and lost. 0: none;
 * 1: some; 2: something cannot be read, so that the answer may be wrong. Throws UsageError for a
 * path or revision that cannot be read.
 */
export async function diff(
  options: DiffOptions,
  host: Host,
  standardInput: () => string,
): Promise<ExitCode> {
  const [before, after] = await readSides(options, host, standardInput);
  if ([before, after].every(({ inventory }) => inventory.units.length === 0)) host.say(noUnits);
  const report = compareSides(before, after);
  const format = {
    text: formatDiffText,
    json: formatDiffJson,
    markdown: formatDiffMarkdown,
  }[options.output];
  host.print(format(report));
  if (before.isBroken || after.isBroken) return 2;
  return isSame(report) ? 0 : 1;
}

const stdin = 'stdin';

const noUnits =
  'notice: there is no pod or workload on either side, so that no connection can differ';

async function readSides(
  options: DiffOptions,
  host: Host,
  standardInput: () => string,
): Promise<readonly [Gathered, Gathered]> {
  const { paths, git, live, policiesOnly, namespace } = options;
  if (git !== undefined && live) throw new UsageError('give --git or --live, not both');
  const problem = namespaceNameProblem(namespace);
  if (problem !== undefined) throw new UsageError(`-n ${quote(namespace)}: ${problem}`);
  const rendered = { ...options, withIntent: !policiesOnly };
  if (live) {
    const files = filesToApply(paths, standardInput);
    const cluster = await readLive({ ...options, withIntent: !policiesOnly }, host);
    const once = sayOnce(host);
    return [
      gatherFrom(cluster, 'the cluster', { ...options, withIntent: false }, once),
      gatherFrom(overlay(cluster, files, namespace), 'the cluster', rendered, once),
    ];
  }
  const sources = git === undefined ? twoPaths(paths) : twoRevisions(git, paths, host);
  const [old, now] = sources.map(({ name, read }) => ({ name, input: read(standardInput) }));
  if (old === undefined || now === undefined) throw new RangeError('a comparison has two sides');
  const mayBeEmpty = ![old, now].every(({ input }) => isEmpty(input));
  // Nothing on stdin is a command before it that failed.
  const gatherSide = ({ name, input }: typeof old, accepted?: readonly NetworkPolicy[]) =>
    isEmpty(input) && mayBeEmpty && name !== stdin
      ? emptySide(name, host)
      : gatherFrom(input, name, rendered, host, accepted);
  const before = gatherSide(old);
  // The operator goes by what it accepted last where a declaration becomes invalid.
  return [before, gatherSide(now, before.rendered)];
}

function filesToApply(paths: readonly string[], standardInput: () => string): Input {
  if (paths.length === 0) throw new UsageError('--live needs the files that are to be applied');
  const files = readManifests(paths, standardInput);
  if (!isEmpty(files)) return files;
  throw new UsageError(
    `there is no Kubernetes object in ${paths.join(', ')} that could be applied`,
  );
}

/** Both sides hold the objects of the cluster, and what is wrong with those. */
function sayOnce(host: Host): Host {
  const said = new Set<string>();
  const say = (line: string) => {
    if (!said.has(line)) host.say(line);
    said.add(line);
  };
  return { ...host, say };
}

function isEmpty({ manifests, problems }: Input): boolean {
  return manifests.length === 0 && problems.every(({ isForeign }) => isForeign);
}

/** A folder that is yet to come, or is gone, has no objects; that may be a mistake as well. */
function emptySide(name: string, host: Host): Gathered {
  host.say(
    `notice: there is no Kubernetes object in ${name}; all of the other side counts as new or gone`,
  );
  const inventory = new Inventory([]);
  return { inventory, policies: [], rendered: [], locate: () => undefined, isBroken: false };
}

interface Source {
  readonly name: string;
  read(standardInput: () => string): Input;
}

function twoPaths([old, now, ...more]: readonly string[]): readonly [Source, Source] {
  if (old === undefined || now === undefined || more.length > 0) {
    throw new UsageError('name two sides: appconn diff OLD NEW, or --git A..B, or --live FILE');
  }
  if (old === '-' && now === '-') {
    throw new UsageError(
      'both sides are stdin, which can be read once; give a file for one of them',
    );
  }
  const source = (path: string): Source => ({
    name: path === '-' ? stdin : path,
    read: (standardInput) => readManifests([path], standardInput),
  });
  return [source(old), source(now)];
}

function twoRevisions(
  range: string,
  paths: readonly string[],
  host: Host,
): readonly [Source, Source] {
  const [old, now, more] = range.split('..');
  if (old === undefined || now === undefined || more !== undefined || now.startsWith('.')) {
    throw new UsageError(`--git ${range}: write two revisions as A..B, such as main..HEAD`);
  }
  const source = (revision: string): Source => ({
    name: revision,
    read: () => readSources(readRevision(revision, paths, host)),
  });
  return [source(old), source(now)];
}
