import { selects } from '../model/labels.ts';
import { type Direction, directions } from '../model/policy.ts';
import type { DenyRule } from '../model/settings.ts';
import type { NamespaceState } from './namespace-state.ts';

/** What the configuration denies in one namespace, whatever its own label says. */
export interface ConfiguredDeny {
  /** Directions that no label may open. */
  readonly floors: ReadonlySet<Direction>;
  /** Directions that are denied where no label says anything. */
  readonly defaults: ReadonlySet<Direction>;
}

/** Namespaces of the cluster itself: cutting them takes DNS and more from everyone. */
const systemNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease'];

const nothing: ConfiguredDeny = { floors: new Set(), defaults: new Set() };

/**
 * The rules of the configuration for a namespace. None counts for the cluster's own namespaces, the
 * operator's, and those that are excluded; nor where the Namespace object is not known, since its
 * labels are not.
 */
export function configuredDeny(state: NamespaceState): ConfiguredDeny {
  const rules = rulesFor(state);
  if (rules.length === 0) return nothing;
  const of = (strength: DenyRule['strength']) =>
    new Set(
      directions.filter((direction) =>
        rules.some(([, rule]) => rule.strength === strength && rule.directions.includes(direction)),
      ),
    );
  return { floors: of('floor'), defaults: of('default') };
}

/** Where in the settings the floor of a direction stands, for messages. */
export function floorOf(state: NamespaceState, direction: Direction): string | undefined {
  const found = rulesFor(state).find(
    ([, { strength, directions }]) => strength === 'floor' && directions.includes(direction),
  );
  return found && `defaultDeny.rules.${found[0]}`;
}

function rulesFor({
  name,
  object,
  settings,
  labels,
}: NamespaceState): (readonly [number, DenyRule])[] {
  const { rules, exclude } = settings.defaultDeny;
  if (rules.length === 0 || object === undefined) return [];
  if ([...systemNamespaces, settings.operatorNamespace, ...exclude].includes(name)) return [];
  return [...rules.entries()].filter(([, { selector }]) => selects(selector, labels));
}
