import type { Entry, PeerRef } from '../model/declaration.ts';
import type { FindingData, Problem } from '../model/finding.ts';
import type { LabelSelector } from '../model/labels.ts';
import { selectsNothing } from '../model/selects-nothing.ts';
import type { EnvironmentSettings } from '../model/settings.ts';
import { both, environmentOf, narrowed, requires, valuesWith } from '../world/environments.ts';
import { mayBePods } from '../world/references.ts';
import type { World } from '../world/world.ts';
import type { Parties, Party } from './peers.ts';

/**
 * What of an entry's parties is together with the namespace that wrote it (docs/design/0010,
 * *Environments*): an entry that means one other namespace goes as a whole, one that means several
 * is narrowed. Addresses, hosts and parties are in no environment. No peer that comes out selects a
 * namespace that its original does not.
 */
export function withinEnvironment(
  world: World,
  namespace: string,
  { peer, text }: Pick<Entry, 'peer' | 'text'>,
  found: Parties,
): Parties {
  const { environments } = world.settings;
  if (environments === undefined || !mayBePods(peer)) return found;
  const side: Side = { world, environments, namespace, text, by: 'entry' };
  const other = namespaceNamedBy(peer);
  // What is missing in a namespace that it cannot reach is not what keeps the entry from working.
  if (other !== undefined && world.existing(other) !== undefined && !areTogether(side, other)) {
    return { parties: [], problems: [crossing(side, other)] };
  }
  const each = found.parties.map((party) => ({ party, kept: withinSide(side, party) }));
  const problems = each.flatMap(({ party, kept }) => narrowing(side, party, kept));
  const parties = each.flatMap(({ kept }) => kept);
  return { ...found, parties, problems: [...found.problems, ...problems] };
}

/**
 * That a route leads through pods of another namespace that is not together with the one of its
 * backend: no rule lets those in, whoever granted it. Undefined where they are together.
 */
export function crossingOfRoute(
  world: World,
  namespace: string,
  text: string,
  other: string,
): Problem | undefined {
  const { environments } = world.settings;
  if (environments === undefined) return undefined;
  const side: Side = { world, environments, namespace, text, by: 'route' };
  return areTogether(side, other) ? undefined : crossing(side, other);
}

/** The namespace that a rule is written in, and the entry or route that it comes from. */
interface Side {
  readonly world: World;
  readonly environments: EnvironmentSettings;
  readonly namespace: string;
  readonly text: string;
  readonly by: FindingData['CrossEnvironment']['by'];
}

function namespaceNamedBy(peer: PeerRef): string | undefined {
  if (peer.type === 'namespace') return peer.name;
  return 'namespace' in peer ? peer.namespace : undefined;
}

function withinSide(side: Side, party: Party): Party[] {
  const { peer, namespace } = party;
  if (namespace !== undefined) return areTogether(side, namespace) ? [party] : [];
  const { namespaceSelector = {} } = peer;
  return narrowed(side.world, side.namespace, namespaceSelector).map((selector) => ({
    ...party,
    peer: { ...peer, namespaceSelector: selector },
  }));
}

function isShared({ environments }: Side, namespace: string): boolean {
  return environments.sharedNamespaces.includes(namespace);
}

function areTogether(side: Side, other: string): boolean {
  const { world, environments, namespace } = side;
  if (other === namespace || isShared(side, namespace) || isShared(side, other)) return true;
  const { label } = environments;
  const values = valuesWith(environments, environmentOf(world, label, namespace));
  return values.includes(environmentOf(world, label, other));
}

function crossing({ world, environments, namespace, text, by }: Side, other: string): Problem {
  const { label } = environments;
  const own = environmentOf(world, label, namespace);
  const theirs = other === '' ? '' : environmentOf(world, label, other);
  return { code: 'CrossEnvironment', data: { text, by, label, namespace, own, other, theirs } };
}

/** What is to be said of an entry that means less than it says. */
function narrowing(side: Side, { peer, namespace }: Party, kept: readonly Party[]): Problem[] {
  const { namespaceSelector = {} } = peer;
  if (namespace !== undefined || isShared(side, side.namespace)) return [];
  if (selectsNothing(namespaceSelector)) return [];
  const { world, environments, text } = side;
  const { label } = environments;
  const values = valuesWith(environments, environmentOf(world, label, side.namespace));
  const like: LabelSelector =
    values.length > 0
      ? requires(label, values)
      : { matchExpressions: [{ key: label, operator: 'DoesNotExist' }] };
  // What is left of one that asks for other environments are the shared namespaces among those.
  if (kept.length === 0 || selectsNothing(both(namespaceSelector, like)))
    return [crossing(side, '')];
  const data = { text, label, namespace: side.namespace, values: values.join(', ') };
  return [{ code: 'EnvironmentNarrowed', data }];
}
