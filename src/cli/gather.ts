import { compileAll } from '../core/compile/compile.ts';
import { namespaceNameProblem } from '../core/intent/entry.ts';
import { quote } from '../core/intent/explain.ts';
import { Inventory } from '../core/inventory/inventory.ts';
import type { Item } from '../core/inventory/items.ts';
import { unknownNamespaces } from '../core/inventory/namespaces.ts';
import { isItem, readItem } from '../core/inventory/read.ts';
import { refusedInPolicy } from '../core/inventory/strict-policy.ts';
import type { Locate } from '../core/inventory/words.ts';
import { keyOf, keyOfIdentity } from '../core/model/identity.ts';
import { type NetworkPolicy, nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import { type ObjectProblem, readObject } from '../core/record/read.ts';
import { messageOf, severityOf } from '../core/status/messages.ts';
import type { Severity } from '../core/status/sentences/sentence.ts';
import { World } from '../core/world/world.ts';
import { type Config, settingsOf } from '../settings.ts';
import { distinctFindings } from './findings.ts';
import { foreignWarning, isForeignPolicy } from './foreign-policies.ts';
import type { Host } from './host.ts';
import { loadRecords, nameOfManifest, withNamespace } from './load.ts';
import { type Input, type Manifest, readManifests, UsageError } from './manifests.ts';
import { formatNames } from './names.ts';
import { recallAddresses } from './recall.ts';
import { unrenderedNotice } from './unrendered.ts';

export interface GatherOptions {
  /** Files, folders, or `-`; undefined: the cluster. */
  readonly paths: readonly string[] | undefined;
  /** Of objects and names that give none. */
  readonly namespace: string;
  /** Whether what the declarations render is added, in place of what was rendered of them before. */
  readonly withIntent: boolean;
  readonly config: Config;
}

/** What a question is judged over. */
export interface Gathered {
  readonly inventory: Inventory;
  readonly policies: readonly NetworkPolicy[];
  readonly locate: Locate;
  /** Of the policies those that the declarations render. */
  readonly rendered: readonly NetworkPolicy[];
  /** Something could not be read, so that an answer may be wrong. */
  readonly isBroken: boolean;
}

/**
 * Reads what connections are judged over, and says on stderr what is wrong with it. Throws UsageError
 * for a path that cannot be opened and for an input without any object; rejects with a KubeError.
 */
export async function gather(
  options: GatherOptions,
  host: Host,
  standardInput: () => string,
): Promise<Gathered> {
  const { namespace, paths } = options;
  const problem = namespaceNameProblem(namespace);
  if (problem !== undefined) throw new UsageError(`-n ${quote(namespace)}: ${problem}`);
  const input =
    paths === undefined ? await readLive(options, host) : readManifests(paths, standardInput);
  const where = paths?.map((path) => (path === '-' ? 'stdin' : path)).join(', ') ?? 'the cluster';
  const gathered = gatherFrom(input, where, options, host);
  if (paths !== undefined && !options.withIntent) {
    const notice = unrenderedNotice(input.manifests, gathered.policies);
    if (notice !== undefined) host.say(notice);
  }
  return gathered;
}

/**
 * As `gather`, from what was read already of `where`. `accepted` are policies that the declarations
 * rendered before: what they remember holds for whatever has become invalid since.
 */
export function gatherFrom(
  input: Input,
  where: string,
  options: Omit<GatherOptions, 'paths'>,
  host: Pick<Host, 'say' | 'wallClock'>,
  accepted: readonly NetworkPolicy[] = [],
): Gathered {
  const problems = input.problems.filter(({ isForeign }) => !isForeign);
  for (const { place, message } of problems) host.say(`${place}: error: ${message}`);
  if (input.manifests.length === 0) {
    throw new UsageError(`there is no Kubernetes object in ${where}, so there is nothing to judge`);
  }
  const { items, places, others, faults } = readItems(input.manifests, options);
  const inventory = new Inventory(items);
  const rendered = options.withIntent
    ? renderAll(input.manifests, { ...options, known: faults, accepted }, host)
    : none;
  const all = [...faults, ...rendered.faults];
  for (const { place, severity, message } of all) host.say(`${place}: ${severity}: ${message}`);
  const foreign = foreignWarning(input.manifests);
  if (foreign !== undefined) host.say(foreign);
  sayOthers(others, host);
  const unknown = unknownNamespaces(inventory);
  if (unknown.length > 0) host.say(`warning: ${unlabelled(unknown)}`);
  const isStale = options.withIntent ? staleAmong(input.manifests, options.namespace) : () => false;
  const given = inventory.policies.filter((each) => !isStale(each));
  const policies = new Map(
    [...given, ...rendered.policies].map((each) => [nameOfPolicy(each), each]),
  );
  for (const each of rendered.policies) places.delete(nameOfPolicy(each));
  inventory.tellApartBy(policies.values());
  return {
    ...{ inventory, policies: [...policies.values()], locate: locatorOf(places) },
    rendered: rendered.policies,
    isBroken: problems.length > 0 || all.some(({ severity }) => severity === 'error'),
  };
}

function unlabelled(namespaces: readonly string[]): string {
  const named = formatNames(namespaces);
  return `a namespaceSelector asks for labels, and the input has no Namespace ${named}; without it only its name is known`;
}

/** One that remembers: many answers name the same rules. */
function locatorOf(places: ReadonlyMap<string, Manifest>): Locate {
  const known = new Map<string, string | undefined>();
  return ({ namespace, name, rule }, direction) => {
    const list = direction === 'Egress' ? 'egress' : 'ingress';
    const key = `${namespace}/${name}/${rule === undefined ? '' : `${list}/${rule}`}`;
    if (!known.has(key)) {
      const path = rule === undefined ? [] : ['spec', list, rule];
      known.set(key, places.get(`${namespace}/${name}`)?.locate(path));
    }
    return known.get(key);
  };
}

/** The objects of the cluster, as an input. */
export async function readLive(
  { config, withIntent }: Pick<GatherOptions, 'config' | 'withIntent'>,
  host: Host,
): Promise<Input> {
  // The cluster client takes longer to load than most questions to answer.
  const { readManifestsOfCluster } = await import('./cluster-manifests.ts');
  return { manifests: await readManifestsOfCluster(config, host, withIntent), problems: [] };
}

/** Something that is wrong with the input. For an error an answer may be wrong. */
interface Fault {
  readonly place: string;
  readonly severity: Severity;
  readonly message: string;
}

const none = { policies: [] as readonly NetworkPolicy[], faults: [] as readonly Fault[] };

/** What was read of some manifests. */
interface ReadManifests {
  readonly items: Item[];
  readonly faults: Fault[];
  /** Where each policy stands. */
  readonly places: Map<string, Manifest>;
  /** How many of each kind say nothing about connections. */
  readonly others: Map<string, number>;
}

function readItems(
  manifests: readonly Manifest[],
  { namespace, withIntent, config }: Omit<GatherOptions, 'paths'>,
): ReadManifests {
  const kinds = settingsOf(config).workloadKinds;
  const into: ReadManifests = { items: [], faults: [], places: new Map(), others: new Map() };
  const last = new Map<string, Manifest>();
  for (const manifest of manifests) {
    const { apiVersion, kind } = manifest;
    const value = withNamespace(manifest, namespace);
    const read = readItem(apiVersion, kind, value, kinds);
    if (read === undefined) {
      if (isForeignPolicy(manifest)) continue;
      const says = withIntent && readObject(apiVersion, kind, value, kinds) !== undefined;
      into.others.set(kind, (into.others.get(kind) ?? 0) + Number(!says));
    } else if (isItem(read)) take(read, manifest, last, into);
    else into.faults.push(faultOf(manifest, kind, read));
  }
  return into;
}

/** A policy that cannot be there as it is written is told of, and judged as far as it is read. */
function take(
  item: Item,
  manifest: Manifest,
  last: Map<string, Manifest>,
  { items, faults, places }: ReadManifests,
): void {
  const name = nameOfItem(item);
  const before = last.get(name);
  if (before !== undefined) {
    const message = `${name} is given twice, first at ${before.locate([])}; the last one counts`;
    faults.push({ place: manifest.locate([]), severity: 'warning', message });
  }
  last.set(name, manifest);
  items.push(item);
  if (item.kind !== 'NetworkPolicy' || manifest.isLive) return;
  places.set(nameOfPolicy(item.policy), manifest);
  const refused = refusedInPolicy(manifest.value);
  faults.push(...refused.map((problem) => faultOf(manifest, name, problem)));
}

function faultOf(manifest: Manifest, name: string, { path, problem }: ObjectProblem): Fault {
  const message = `${name}: ${path.join('.')}: ${problem}`;
  return { place: manifest.locate(path), severity: 'error', message };
}

function sayOthers(others: ReadonlyMap<string, number>, host: Pick<Host, 'say'>): void {
  const mute = [...others].filter(([, count]) => count > 0);
  if (mute.length === 0) return;
  const listed = mute.map(([kind, count]) => `${count} ${kind}`).join(', ');
  const total = mute.reduce((sum, [, count]) => sum + count, 0);
  const says = total === 1 ? '1 object says' : `${total} objects say`;
  const left = total === 1 ? 'is left out' : 'are left out';
  host.say(`notice: ${says} nothing about connections and ${left}: ${listed}`);
}

/** Whether a policy was rendered for an object that is here, and is rendered anew. */
function staleAmong(manifests: readonly Manifest[], namespace: string) {
  const keys = new Set(manifests.map((manifest) => keyOf(nameOfManifest(manifest, namespace))));
  return (policy: NetworkPolicy): boolean => {
    const key = keyOfIdentity(policy);
    return key !== undefined && keys.has(key);
  };
}

function nameOfItem(item: Item): string {
  if (item.kind === 'Namespace') return `Namespace/${item.name}`;
  if (item.kind === 'NetworkPolicy') return `NetworkPolicy/${nameOfPolicy(item.policy)}`;
  return `${item.kind === 'Template' ? item.of : item.kind}/${item.namespace}/${item.name}`;
}

interface RenderOptions extends Pick<GatherOptions, 'namespace' | 'config'> {
  readonly known: readonly Fault[];
  readonly accepted: readonly NetworkPolicy[];
}

/**
 * What the operator would keep for the declarations among these manifests, and what is wrong with
 * them, without what `known` tells of the same places.
 */
function renderAll(
  manifests: readonly Manifest[],
  { namespace, config, known, accepted }: RenderOptions,
  host: Pick<Host, 'wallClock'>,
): typeof none {
  const settings = settingsOf(config);
  const loaded = loadRecords(manifests, namespace, settings.workloadKinds);
  const world = new World(settings);
  world.load([...loaded.records, ...accepted.map(remembering)]);
  recallAddresses(world, host);
  const compiled = compileAll(world);
  const told = new Set(known.map(({ place }) => place));
  const unread = loaded.problems
    .filter(({ place }) => !told.has(place))
    .map(
      ({ place, message, isDuplicate }): Fault => ({
        ...{ place, message, severity: isDuplicate ? 'warning' : 'error' },
      }),
    );
  const invalid = distinctFindings(compiled.flatMap(({ findings }) => findings))
    .filter(({ code }) => severityOf(code) !== 'notice')
    .map(
      (finding): Fault => ({
        place: loaded.locate(finding.object, finding.at.path, finding.at.offset),
        severity: severityOf(finding.code),
        message: messageOf(finding),
      }),
    );
  return {
    policies: compiled.flatMap(({ policies }) => policies),
    faults: [...unread, ...invalid],
  };
}

/** A policy as it would be found in the cluster. */
function remembering(policy: NetworkPolicy): PolicyRecord {
  const version = { uid: 'rendered', resourceVersion: 'rendered' };
  return { kind: 'NetworkPolicy', ...version, policy, applied: true, remembers: true };
}
