import { replayPlan } from '../core/diff/replay.ts';
import { quote } from '../core/intent/explain.ts';
import { suggest } from '../core/intent/keys.ts';
import { type Mention, mentionsIn } from '../core/inventory/mentions.ts';
import { readParty } from '../core/inventory/question.ts';
import { type Explanation, explain as explainKey } from '../core/judge/explain.ts';
import { workloadKinds } from '../core/model/declaration.ts';
import { isReady } from '../core/model/edge-state.ts';
import { type Key, keyOf } from '../core/model/identity.ts';
import { severityOf } from '../core/status/messages.ts';
import { World } from '../core/world/world.ts';
import { settingsOf } from '../settings.ts';
import { formatExplanation, formatExplanationJson } from './explain-text.ts';
import { type GatherOptions, readLive } from './gather.ts';
import type { ExitCode, Host } from './host.ts';
import { type Loaded, loadRecords } from './load.ts';
import { type Manifest, readManifests, UsageError } from './manifests.ts';

export interface ExplainOptions extends Omit<GatherOptions, 'withIntent'> {
  readonly workload: string;
  readonly output: 'text' | 'json';
}

/** What is explained, and the way back to where it was written. */
export interface Explained extends Explanation {
  /** Services that its template names and that no edge of it covers. */
  readonly undeclared: readonly Mention[];
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
  const loaded = loadRecords(input.manifests, namespace);
  const all = [...problems, ...loaded.problems];
  for (const { place, message, isDuplicate } of all) {
    host.say(`${place}: ${isDuplicate ? 'warning' : 'error'}: ${message}`);
  }
  const world = new World(settingsOf(config));
  world.load(loaded.records);
  const key = keyNamed(world, options.workload, namespace);
  if (paths !== undefined) replayPlan(world);
  const explanation = explainKey(world, key);
  if (explanation === undefined) throw new UsageError(`${key} is gone`);
  const explained: Explained = {
    ...explanation,
    undeclared: undeclaredOf(world, explanation, input.manifests, namespace),
    locate: loaded.locate,
    isPlanned: paths !== undefined,
  };
  const format = options.output === 'json' ? formatExplanationJson : formatExplanation;
  host.print(format(explained));
  if (all.some(({ isDuplicate }) => !isDuplicate)) return 2;
  return needsSomebody(explained) ? 1 : 0;
}

function needsSomebody({ own, findings }: Explained): boolean {
  const invalid = findings.some(({ code }) => severityOf(code) === 'error');
  return invalid || own.some(({ state }) => !isReady(state));
}

function keyNamed(world: World, text: string, namespace: string): Key {
  const kinds = new Set(workloadKinds.map((kind) => kind.toLowerCase()));
  const name = readParty(text, namespace, kinds);
  if ('error' in name) throw new UsageError(name.error);
  if (name.type === 'address')
    throw new UsageError(`${text} is no workload; ask can-reach about it`);
  const wanted = workloadKinds.filter(
    (kind) => name.kind === undefined || kind.toLowerCase() === name.kind,
  );
  const keys = wanted
    .map((kind) => keyOf({ kind, namespace: name.namespace, name: name.name }))
    .filter((key) => world.workload(key) !== undefined);
  const [only, second] = keys;
  if (second !== undefined) {
    throw new UsageError(`${quote(text)} may be ${keys.join(' or ')}; write its kind`);
  }
  if (only !== undefined) return only;
  const all = [...world.namespaces()].flatMap(([, state]) => [...state.workloads.keys()]);
  const plain = new Map(all.map((key) => [plainName(key), key]));
  const meant = suggest(`${name.namespace}/${name.kind ?? ''}/${name.name}`, [...plain.keys()]);
  const remedy = meant === '' ? '' : `; did you mean ${meant}?`;
  throw new UsageError(`there is no Deployment, StatefulSet or DaemonSet ${quote(text)}${remedy}`);
}

/** `namespace/kind/name`, as commands take it. */
function plainName(key: Key): string {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}

/** What the template names and none of the workload's edges leads to. */
function undeclaredOf(
  world: World,
  { key, own }: Explanation,
  manifests: readonly Manifest[],
  fallback: string,
): Mention[] {
  const [kind, namespace = '', name] = key.split('/');
  const isHere = (each: Manifest) => namesOf(each, fallback).namespace === namespace;
  const object = manifests.findLast(
    (each) => each.kind === kind && isHere(each) && namesOf(each, fallback).name === name,
  );
  const maps = manifests
    .filter((each) => each.kind === 'ConfigMap' && isHere(each))
    .map((each) => [namesOf(each, fallback).name, (each.value.data ?? {}) as object] as const);
  const isService = (of: string, service: string) =>
    world.state(of)?.services.has(service) === true;
  const configMaps = new Map(maps as [string, Readonly<Record<string, unknown>>][]);
  const mentions = mentionsIn(object?.value ?? {}, namespace, configMaps, isService);
  const reached = own.flatMap(({ edge }) =>
    edge.direction === 'Egress' ? edge.targets.flatMap(({ workload }) => workload ?? []) : [],
  );
  return mentions.filter((mention) => !isDeclared(world, mention, new Set(reached), own));
}

function isDeclared(
  world: World,
  { namespace, service }: Mention,
  reached: ReadonlySet<Key>,
  own: Explanation['own'],
): boolean {
  const state = world.state(namespace);
  const record = state?.services.get(service);
  if (state === undefined || record === undefined) return false;
  const { workloads } = state.reachedBy(record);
  const named = own.some(({ edge }) => edge.direction === 'Egress' && edge.text.includes(service));
  return named || workloads.some((workload) => reached.has(workload.key));
}

function namesOf({ value }: Manifest, fallback: string): { namespace: string; name: string } {
  const { namespace = fallback, name = '' } = (value.metadata ?? {}) as Record<string, string>;
  return { namespace, name };
}
