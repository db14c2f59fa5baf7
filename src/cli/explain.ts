import { compile } from '../core/compile/compile.ts';
import { findLookAlikes } from '../core/compile/look-alikes.ts';
import { replayPlan } from '../core/diff/replay.ts';
import { quote } from '../core/intent/explain.ts';
import { readParty } from '../core/inventory/question.ts';
import { remedyFor } from '../core/inventory/resolve.ts';
import { type Explanation, explain as explainKey } from '../core/judge/explain.ts';
import { autoAllowances } from '../core/model/declaration.ts';
import { isReady } from '../core/model/edge-state.ts';
import type { Finding } from '../core/model/finding.ts';
import { type Key, keyOf, partsOf, refOf } from '../core/model/identity.ts';
import { planKey } from '../core/plan/plan.ts';
import { severityOf } from '../core/status/messages.ts';
import { World } from '../core/world/world.ts';
import { settingsOf } from '../settings.ts';
import { formatExplanation, formatExplanationJson } from './explain-text.ts';
import { foreignWarning } from './foreign-policies.ts';
import { type GatherOptions, readLive } from './gather.ts';
import type { ExitCode, Host } from './host.ts';
import { type Loaded, loadRecords } from './load.ts';
import { readManifests, UsageError } from './manifests.ts';
import { recallAddresses } from './recall.ts';
import { type Undeclared, undeclaredOf } from './undeclared.ts';

export interface ExplainOptions extends Omit<GatherOptions, 'withIntent'> {
  readonly workload: string;
  readonly output: 'text' | 'json';
}

/** What is explained, and the way back to where it was written. */
export interface Explained extends Explanation {
  /** Services that its template names and that no edge of it covers. */
  readonly undeclared: readonly Undeclared[];
  readonly locate: Loaded['locate'];
  /** From files: the policies are those that the operator would keep. */
  readonly isPlanned: boolean;
}

/**
 * Explains one workload: how it is isolated and why, each of its edges, and what its template names
 * without declaring it. Over files the policies of the operator count as written. 0: every edge is
 * allowed; 1: one is not, or something that it says is invalid; 2: wrong usage, an unknown workload, or
 * an input that cannot be read whole.
 */
export async function explain(
  options: ExplainOptions,
  host: Host,
  standardInput: () => string,
): Promise<ExitCode> {
  const { paths, namespace, config } = options;
  const input =
    paths === undefined
      ? await readLive({ config, withIntent: true }, host)
      : readManifests(paths, standardInput);
  const problems = input.problems.filter(({ isForeign }) => !isForeign);
  const settings = settingsOf(config);
  const loaded = loadRecords(input.manifests, namespace, settings.workloadKinds);
  const all = [...problems, ...loaded.problems];
  for (const { place, message, isDuplicate } of all) {
    host.say(`${place}: ${isDuplicate ? 'warning' : 'error'}: ${message}`);
  }
  const foreign = foreignWarning(input.manifests);
  if (foreign !== undefined) host.say(foreign);
  const world = new World(settings);
  world.load(loaded.records);
  recallAddresses(world, host);
  const key = keyNamed(world, options.workload, namespace);
  if (paths !== undefined) replayPlan(world);
  const explanation = explainKey(world, key);
  if (explanation === undefined) throw new UsageError(`${key} is gone`);
  const explained: Explained = {
    ...explanation,
    findings: [
      ...explanation.findings,
      ...findLookAlikes(world, explanation.findings),
      ...heldOf(world, key),
    ],
    undeclared: undeclaredOf(world, explanation, input.manifests, namespace),
    locate: loaded.locate,
    isPlanned: paths !== undefined,
  };
  const format = options.output === 'json' ? formatExplanationJson : formatExplanation;
  host.print(format(explained));
  if (all.some(({ isDuplicate }) => !isDuplicate)) return 2;
  return needsSomebody(explained) ? 1 : 0;
}

/** Why its policy, or the default-deny of its namespace, is not written until somebody says so. */
function heldOf(world: World, key: Key): Finding[] {
  const deny = world.state(partsOf(key).namespace)?.object?.key;
  return [key, ...(deny === undefined ? [] : [deny])]
    .flatMap((each) => planKey(world, each, compile(world, each).policies).findings)
    .filter(({ code }) => code === 'WouldBreakParty');
}

/** DNS and itself go along with every word: what may be wrong there is no matter of this workload. */
function needsSomebody({ own, allowed, findings }: Explained): boolean {
  const invalid = findings.some(({ code }) => severityOf(code) === 'error');
  const caused = allowed.filter(({ edge: { allowance } }) =>
    autoAllowances.some((each) => each === allowance),
  );
  return invalid || [...own, ...caused].some(({ state }) => !isReady(state));
}

function keyNamed(world: World, text: string, namespace: string): Key {
  const { workloadKinds } = world.settings;
  const kinds = new Set(workloadKinds.flatMap(({ words }) => words));
  const name = readParty(text, namespace, kinds);
  if ('error' in name) throw new UsageError(name.error);
  if (name.type === 'address')
    throw new UsageError(`${text} is no workload; ask can-reach about it`);
  const wanted = workloadKinds.filter(
    ({ words }) => name.kind === undefined || words.includes(name.kind),
  );
  const keys = wanted
    .map(({ group, kind }) => keyOf({ group, kind, namespace: name.namespace, name: name.name }))
    .filter((key) => world.workload(key) !== undefined);
  const [only, second] = keys;
  if (second !== undefined) {
    throw new UsageError(`${quote(text)} may be ${keys.join(' or ')}; write its kind`);
  }
  if (only !== undefined) return only;
  const all = [...world.namespaces()].flatMap(([, state]) => [...state.workloads.keys()]);
  const remedy = remedyFor(name, all.map(plainName));
  throw new UsageError(`there is no workload ${quote(text)}${remedy}`);
}

/** `namespace/kind/name`, as commands take it. */
function plainName(key: Key): string {
  const { kind, namespace, name } = refOf(key);
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}
