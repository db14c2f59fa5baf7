import type { LabelSelector } from '../model/labels.ts';
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../model/policy.ts';
import type { PodItem, TemplateItem } from './items.ts';

type Shape = Pick<PodItem | TemplateItem, 'labels' | 'ports' | 'hostNetwork'>;

/**
 * By what some policies can tell pods apart: the labels that they ask for, and the ports that they name.
 * Controllers, and whatever changes pods as they are admitted, add labels that no policy knows.
 */
export class Distinctions {
  readonly #keys: ReadonlySet<string>;
  readonly #portNames: ReadonlySet<string>;

  constructor(policies: Iterable<NetworkPolicy>) {
    const specs = [...policies].map(({ spec }) => spec);
    const rules = specs.flatMap(({ ingress, egress }) => [
      ...(ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
      ...(egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
    ]);
    const selectors = [
      ...specs.map(({ podSelector }) => podSelector),
      ...rules.flatMap(({ peers }) =>
        (peers ?? []).map(({ podSelector }: PolicyPeer) => podSelector),
      ),
    ];
    this.#keys = new Set(selectors.flatMap(keysOf));
    this.#portNames = new Set(
      rules.flatMap(({ ports }) =>
        (ports ?? []).flatMap(({ port }: PolicyPort) => (typeof port === 'string' ? [port] : [])),
      ),
    );
  }

  /** Whether some policy may decide otherwise about one than about the other. */
  differ(one: Shape, other: Shape): boolean {
    if (one.hostNetwork !== other.hostNetwork) return true;
    if ([...this.#keys].some((key) => one.labels[key] !== other.labels[key])) return true;
    return this.#portsOf(one) !== this.#portsOf(other);
  }

  #portsOf({ ports }: Shape): string {
    const named = ports.filter(({ name }) => name !== undefined && this.#portNames.has(name));
    return named
      .map(({ name, port, protocol }) => `${name} ${port} ${protocol}`)
      .sort()
      .join();
  }
}

function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}
