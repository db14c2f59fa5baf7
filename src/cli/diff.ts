import { diffPolicies, type PolicyChange } from '../core/diff/policies.ts';
import { type IsolationBegun, type Side, SidesDiff } from '../core/diff/sides.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import type { Config } from '../settings.ts';
import { type ConnectionsList, listConnections, summaryText } from './changes.ts';
import { formatDiffJson, formatDiffMarkdown, formatDiffText } from './diff-text.ts';
import { type Gathered, gatherFrom, readLive } from './gather.ts';
import { readRevision } from './git-sources.ts';
import type { ExitCode, Host } from './host.ts';
import { type Input, type Manifest, readManifests, readSources, UsageError } from './manifests.ts';

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

/** A policy that differs between the sides. */
export interface ChangedPolicy {
  readonly action: PolicyChange['action'];
  readonly namespace: string;
  readonly name: string;
  readonly change: string;
}

/** All that differs between two sides. */
export interface DiffReport {
  readonly policies: readonly ChangedPolicy[];
  /** Pods and workloads that are on one side only. */
  readonly come: readonly string[];
  readonly gone: readonly string[];
  readonly isolation: readonly IsolationBegun[];
  readonly gained: ConnectionsList;
  readonly lost: ConnectionsList;
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
  const report = compare(before, after);
  const format = {
    text: formatDiffText,
    json: formatDiffJson,
    markdown: formatDiffMarkdown,
  }[options.output];
  host.print(format(report));
  if (before.isBroken || after.isBroken) return 2;
  return report.policies.length + report.gained.total + report.lost.total === 0 ? 0 : 1;
}

function compare(before: Side, after: Side): DiffReport {
  const sides = new SidesDiff({ before, after });
  const policies = diffPolicies({ before: before.policies, after: after.policies });
  return {
    policies: policies.map((change) => {
      const { namespace, name } = (change.after ?? (change.before as NetworkPolicy)).metadata;
      return { action: change.action, namespace, name, change: summaryText(change) };
    }),
    ...sides.comeAndGone(),
    isolation: [...sides.isolation()],
    ...listConnections(sides.connections()),
  };
}

async function readSides(
  options: DiffOptions,
  host: Host,
  standardInput: () => string,
): Promise<readonly [Gathered, Gathered]> {
  const { paths, git, live, policiesOnly } = options;
  if (git !== undefined && live) throw new UsageError('give --git or --live, not both');
  const rendered = { ...options, withIntent: !policiesOnly, replaces: !policiesOnly };
  if (live) {
    if (paths.length === 0) throw new UsageError('--live needs the files that are to be applied');
    const cluster = await readLive({ ...options, withIntent: !policiesOnly }, host);
    const applied = overlay(cluster, readManifests(paths, standardInput));
    const asItIs = { ...options, withIntent: false };
    return [
      gatherFrom(cluster, 'the cluster', asItIs, host),
      gatherFrom(applied, 'the cluster', rendered, { say: (line) => host.say(line) }),
    ];
  }
  const [old, now] = git === undefined ? twoPaths(paths) : twoRevisions(git, paths);
  return [
    gatherFrom(old.read(standardInput), old.name, rendered, host),
    gatherFrom(now.read(standardInput), now.name, rendered, host),
  ];
}

interface Source {
  readonly name: string;
  read(standardInput: () => string): Input;
}

function twoPaths([old, now, ...more]: readonly string[]): readonly [Source, Source] {
  if (old === undefined || now === undefined || more.length > 0) {
    throw new UsageError('name two sides: appconn diff OLD NEW, or --git A..B, or --live FILE');
  }
  const source = (path: string): Source => ({
    name: path,
    read: (standardInput) => readManifests([path], standardInput),
  });
  return [source(old), source(now)];
}

function twoRevisions(range: string, paths: readonly string[]): readonly [Source, Source] {
  const [old, now, more] = range.split('..');
  if (old === undefined || now === undefined || more !== undefined || now.startsWith('.')) {
    throw new UsageError(`--git ${range}: write two revisions as A..B, such as main..HEAD`);
  }
  const source = (revision: string): Source => ({
    name: revision,
    read: () => readSources(readRevision(revision, paths)),
  });
  return [source(old), source(now)];
}

/** The objects of a cluster with those of files in place of what they name. */
function overlay(cluster: Input, files: Input): Input {
  const given = new Set(files.manifests.map(identityOf));
  const kept = cluster.manifests.filter((each) => !given.has(identityOf(each)));
  return { manifests: [...kept, ...files.manifests], problems: files.problems };
}

function identityOf({ kind, value }: Manifest): string {
  const { namespace = '', name = '' } = (value.metadata ?? {}) as Record<string, string>;
  return `${kind}/${namespace}/${name}`;
}
