import { keysOf } from '../model/labels.ts';
import { type NetworkPolicy, rulesOf } from '../model/policy.ts';
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
    const all = [...policies];
    const rules = all.flatMap(rulesOf);
    const selectors = [
      ...all.map(({ spec }) => spec.podSelector),
      ...rules.flatMap(({ peers }) => peers.map(({ podSelector }) => podSelector)),
    ];
    this.#keys = new Set(selectors.flatMap((selector) => keysOf(selector ?? {})));
    const ports = rules.flatMap((rule) => rule.ports.map(({ port }) => port));
    this.#portNames = new Set(ports.filter((port) => typeof port === 'string'));
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
