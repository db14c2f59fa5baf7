import { stringify } from 'yaml';
import { compileAll } from '../core/compile/compile.ts';
import { findLookAlikes } from '../core/compile/look-alikes.ts';
import { namespaceNameProblem } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { compareText } from '../core/model/labels.ts';
import type { NetworkPolicy } from '../core/model/policy.ts';
import type { Settings } from '../core/model/settings.ts';
import { messageOf, severityOf } from '../core/status/messages.ts';
import type { Severity } from '../core/status/sentences/sentence.ts';
import { World } from '../core/world/world.ts';
import { distinctFindings } from './findings.ts';
import { loadRecords } from './load.ts';
import { readManifests, UsageError } from './manifests.ts';

export interface RenderOptions {
  readonly paths: readonly string[];
  readonly namespace: string;
  readonly output: 'yaml' | 'json';
  readonly settings: Settings;
}

/** What `render` prints, and how it ends: 0 fine, perhaps with warnings; 1 when something written is
 * invalid. */
export interface Rendered {
  readonly output: string;
  readonly messages: readonly string[];
  readonly exitCode: 0 | 1;
}

interface Message {
  readonly severity: Severity;
  readonly place: string;
  readonly text: string;
}

/**
 * Renders the NetworkPolicies that the operator would keep for these manifests: the same compile
 * over files. Throws UsageError for a path that cannot be opened and for a namespace that is none.
 */
export function render(options: RenderOptions, standardInput: () => string): Rendered {
  const problem = namespaceNameProblem(options.namespace);
  if (problem !== undefined) throw new UsageError(`-n ${quote(options.namespace)}: ${problem}`);
  const input = readManifests(options.paths, standardInput);
  const loaded = loadRecords(input.manifests, options.namespace, options.settings.workloadKinds);
  const world = new World(options.settings);
  world.load(loaded.records);
  const compiled = compileAll(world);
  const policies = compiled.flatMap((each) => each.policies).sort(byName);
  const findings = compiled.flatMap((each) => each.findings);
  const messages = [
    ...[...input.problems, ...loaded.problems].map(({ place, message }) => ({
      ...({ severity: 'error', place, text: message } as const),
    })),
    ...namespacesNotGiven(world),
    ...distinctFindings([...findings, ...findLookAlikes(world, findings)]).map((finding) => ({
      severity: severityOf(finding.code),
      place: loaded.locate(finding.object, finding.at.path, finding.at.offset),
      text: messageOf(finding),
    })),
  ];
  return {
    output: format(policies, options.output),
    messages: messages.map(formatMessage),
    exitCode: messages.some(({ severity }) => severity === 'error') ? 1 : 0,
  };
}

/** Rules of the configuration go by labels of Namespaces, which only their objects tell. */
function namespacesNotGiven(world: World): Message[] {
  if (world.settings.defaultDeny.rules.length === 0) return [];
  const names = [...world.namespaces()].flatMap(([name, state]) =>
    state.object === undefined && state.workloads.size > 0 ? [name] : [],
  );
  return names.sort().map((name) => ({
    severity: 'notice',
    place: `Namespace/${name}`,
    text: 'not in the input, so its labels are not known and no rule of defaultDeny counts; add it',
  }));
}

function byName(a: NetworkPolicy, b: NetworkPolicy): number {
  return (
    compareText(a.metadata.namespace, b.metadata.namespace) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

function format(policies: readonly NetworkPolicy[], output: RenderOptions['output']): string {
  if (output === 'json') return `${JSON.stringify(policies, null, 2)}\n`;
  const options = { lineWidth: 0, aliasDuplicateObjects: false };
  return policies.map((policy) => `---\n${stringify(policy, options)}`).join('');
}

function formatMessage({ severity, place, text }: Message): string {
  return `${place}: ${severity}: ${text}`;
}
