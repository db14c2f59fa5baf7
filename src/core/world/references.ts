import type { Declaration, Entry, PartyName, PeerRef } from '../model/declaration.ts';
import type { Key } from '../model/identity.ts';
import type { LabelSelector } from '../model/labels.ts';
import type { Direction } from '../model/policy.ts';
import { type Meaning, portNamesOf } from './meant.ts';
import { addTo, removeFrom } from './sets.ts';

/** An object that declares something: a workload, a resource or a Namespace. */
interface Writer {
  readonly key: Key;
  readonly namespace: string;
  readonly declarations: readonly Declaration[];
}

/** Pods of all namespaces that a selector matches, as an entry means them. */
export interface Wide extends Meaning {
  readonly namespaces: LabelSelector;
}

type Change = <At>(map: Map<At, Set<Key>>, at: At, key: Key) => void;

/** Who wrote a name, a namespace, a selector, an address or a party: the reverse of all entries. */
export class References {
  readonly #names = new Map<string, Set<Key>>();
  readonly #namespaces = new Map<string, Set<Key>>();
  readonly #selections = new Map<string, Set<Key>>();
  readonly #wide = new Map<string, Set<Key>>();
  readonly #meanings = new Map<string, Wide>();
  readonly #broad = new Map<string, Set<Key>>();
  readonly #parties = new Map<PartyName, Set<Key>>();
  readonly #hosts = new Map<string, Set<Key>>();
  readonly #addresses = new Set<Key>();
  #hostsVersion = 0;

  /** Writers of an entry that names this object, from any namespace. */
  toName(namespace: string, name: string): ReadonlySet<Key> {
    return this.#names.get(`${namespace}/${name}`) ?? new Set();
  }

  /** Writers of an entry that cannot be resolved without this namespace. */
  toNamespace(namespace: string): ReadonlySet<Key> {
    return this.#namespaces.get(namespace) ?? new Set();
  }

  /** Writers of an entry that means pods of this one namespace by labels, or all of them. */
  toPodsOf(namespace: string): ReadonlySet<Key> {
    return this.#selections.get(namespace) ?? new Set();
  }

  /** What entries mean that mean pods of several namespaces, each once, with their writers. */
  *toPodsAnywhere(): Iterable<readonly [Wide, ReadonlySet<Key>]> {
    for (const [text, meaning] of this.#meanings) {
      yield [meaning, this.#wide.get(text) ?? new Set()];
    }
  }

  /** Writers in this namespace of an entry that names pods by labels or as a whole. */
  broadIn(namespace: string): ReadonlySet<Key> {
    return this.#broad.get(namespace) ?? new Set();
  }

  /** Writers of a party that is configured or detected. */
  toParty(party: PartyName): ReadonlySet<Key> {
    return this.#parties.get(party) ?? new Set();
  }

  /** Writers of a DNS name outside the cluster. */
  toHost(name: string): ReadonlySet<Key> {
    return this.#hosts.get(name) ?? new Set();
  }

  /** Another number, whenever somebody has written other hosts, or the same ones anew. */
  get hostsVersion(): number {
    return this.#hostsVersion;
  }

  /** Every DNS name outside the cluster that is written, with its writers. */
  hosts(): ReadonlyMap<string, ReadonlySet<Key>> {
    return this.#hosts;
  }

  /** Writers of what must not be an address of the cluster: of addresses, and of hosts. */
  toAddresses(): ReadonlySet<Key> {
    return this.#addresses;
  }

  add(writer: Writer): void {
    this.#visit(writer, addTo, (key) => this.#addresses.add(key));
  }

  remove(writer: Writer): void {
    this.#visit(writer, removeFrom, (key) => this.#addresses.delete(key));
  }

  #visit(
    { key, namespace, declarations }: Writer,
    change: Change,
    changeAddress: (key: Key) => void,
  ): void {
    const all = declarations.flatMap(({ direction, entries }) =>
      entries.map((entry) => ({ direction, entry })),
    );
    for (const { direction, entry } of all) {
      const { peer } = entry;
      const named = namedBy(peer, namespace);
      if (named !== undefined) {
        change(this.#names, `${named.namespace}/${named.name}`, key);
        change(this.#namespaces, named.namespace, key);
      } else if (peer.type === 'party') change(this.#parties, peer.party, key);
      else if (peer.type === 'host') {
        change(this.#hosts, peer.name, key);
        this.#hostsVersion += 1;
      } else if (mayBePods(peer)) {
        this.#visitPods(peer, { key, namespace }, change);
        this.#visitWide(wideIn(direction, entry), key, change);
      }
      if (peer.type === 'host' || isAddresses(peer)) changeAddress(key);
    }
  }

  #visitPods(
    peer: PeerRef,
    { key, namespace }: Omit<Writer, 'declarations'>,
    change: Change,
  ): void {
    if (peer.type === 'namespace') {
      change(this.#namespaces, peer.name, key);
      change(this.#selections, peer.name, key);
    } else if (peer.type === 'pods' && peer.namespaceSelector === undefined) {
      change(this.#selections, namespace, key);
    }
    change(this.#broad, namespace, key);
  }

  #visitWide(wide: Wide | undefined, key: Key, change: Change): void {
    if (wide === undefined) return;
    const text = JSON.stringify(wide);
    change(this.#wide, text, key);
    if (this.#wide.has(text)) this.#meanings.set(text, wide);
    else this.#meanings.delete(text);
  }
}

function wideIn(direction: Direction, { peer, ports }: Entry): Wide | undefined {
  const portNames = portNamesOf(direction, ports);
  switch (peer.type) {
    case 'cluster':
      return { namespaces: {}, pods: {}, portNames };
    case 'namespaces':
      return { namespaces: peer.selector, pods: {}, portNames };
    case 'pods': {
      const { selector: pods, namespaceSelector: namespaces } = peer;
      return namespaces && { namespaces, pods, portNames };
    }
    default:
      return undefined;
  }
}

/** The object that an entry names, when it names one. */
export function namedBy(
  peer: PeerRef,
  own: string,
): { namespace: string; name: string } | undefined {
  if (peer.type !== 'name' && peer.type !== 'service' && peer.type !== 'workload') return undefined;
  return { namespace: peer.namespace ?? own, name: peer.name };
}

/** Whether an entry may mean pods of somebody who is named by it: addresses and parties are nobody's. */
export function mayBePods(peer: PeerRef): boolean {
  return !isAddresses(peer) && peer.type !== 'host' && peer.type !== 'party';
}

function isAddresses({ type }: PeerRef): boolean {
  return type === 'block' || type === 'internet';
}
