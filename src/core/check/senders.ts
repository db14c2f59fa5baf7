import { quote } from '../intent/explain.ts';
import { outside } from '../inventory/connections.ts';
import { type Inventory, nameOfUnit, type Unit } from '../inventory/inventory.ts';
import { findAll } from '../inventory/pattern.ts';
import type { Unknown } from '../inventory/question.ts';
import { type End, type Meant, nameOf, sendersOf } from '../inventory/resolve.ts';
import { selects } from '../model/labels.ts';
import { canonicalBlock } from '../model/range.ts';
import type { Endpoint } from '../reach/endpoint.ts';
import { type Endpoints, singleBlock } from './endpoints.ts';
import { wordOf } from './words.ts';

/** Who opens connections. */
export interface Sender {
  readonly name: string;
  /** Its name in a question. */
  readonly asked: string;
  readonly endpoint: Endpoint;
  readonly byPattern: boolean;
  /** The pod or workload, and what makes it, or itself; undefined for addresses outside. */
  readonly unit: Unit | undefined;
  readonly top: Unit | undefined;
}

/** What is left out of `from`. */
export interface Exceptions {
  /** Names of units and addresses. */
  readonly names: ReadonlySet<string>;
  /** Addresses that are not meant by `outside`: CIDR texts. */
  readonly blocks: readonly string[];
  readonly outside: boolean;
}

/** The senders of all words but `outside`, each once, without the exceptions. */
export function listSenders(
  inventory: Inventory,
  endpoints: Endpoints,
  words: readonly string[],
  namespace: string,
  except: Exceptions,
): readonly Sender[] | Unknown {
  const senders = new Map<string, Sender>();
  for (const word of words.filter((each) => each !== outside)) {
    const ends = endsOf(inventory, word, namespace);
    if ('error' in ends) return ends;
    for (const end of ends) {
      const { name } = end;
      const top = end.unit && inventory.topOf(end.unit);
      const names = [name, ...[end.unit, top].flatMap((unit) => (unit ? [nameOfUnit(unit)] : []))];
      if (names.some((each) => except.names.has(each))) continue;
      const byPattern = word.includes('*');
      const asked = wordOf(name, end.address);
      const endpoint = endpoints.of(end);
      senders.set(name, { name, asked, endpoint, byPattern, unit: end.unit, top });
    }
  }
  return [...senders.values()];
}

function endsOf(inventory: Inventory, word: string, namespace: string): readonly End[] | Unknown {
  const named = findAll(inventory, word, namespace);
  if ('error' in named) return named;
  const ends: End[] = [];
  for (const { meant, byPattern } of named) {
    const found = sendersOf(inventory, meant);
    if (!('error' in found)) ends.push(...found);
    else if (!byPattern) return found;
  }
  if (ends.length > 0) return ends;
  return {
    error: `nobody is behind what ${quote(word)} matches, so that nothing would be asserted`,
  };
}

/** Reads what `except` leaves out: a Service is all that its selector selects. */
export function readExceptions(
  inventory: Inventory,
  words: readonly string[],
  namespace: string,
): Exceptions | Unknown {
  const names = new Set<string>();
  const blocks = words.flatMap((word) => canonicalBlock(word) ?? []);
  const parties = words.filter((word) => word !== outside && canonicalBlock(word) === undefined);
  for (const word of parties) {
    const named = findAll(inventory, word, namespace);
    if ('error' in named) return named;
    for (const { meant } of named) {
      for (const name of namesOf(inventory, meant)) names.add(name);
      if (meant.type === 'address') blocks.push(singleBlock(meant.address) ?? word);
    }
  }
  return { names, blocks, outside: words.includes(outside) };
}

function namesOf(inventory: Inventory, meant: Meant): string[] {
  if (meant.type !== 'service') return [nameOf(meant)];
  const { namespace, selector } = meant.service;
  return inventory
    .unitsIn(namespace)
    .filter(({ labels }) => selector && selects({ matchLabels: selector }, labels))
    .map(nameOfUnit);
}
