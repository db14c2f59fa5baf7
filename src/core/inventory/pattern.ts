import { quote } from '../intent/explain.ts';
import { suggest } from '../intent/keys.ts';
import { type Inventory, kindOfUnit, type Unit } from './inventory.ts';
import { readParty, type Unknown } from './question.ts';
import { find, type Meant } from './resolve.ts';

/** A party that a word stands for. */
export interface Named {
  readonly meant: Meant;
  readonly byPattern: boolean;
}

/**
 * Everybody whom a name or a pattern stands for. A `*` stands for any characters of its part; the
 * kind `*` for pods and workloads that nothing else in the inventory makes, of which pods that have
 * ended are none. Services are meant only where the kind is `svc`, and then those that have a
 * selector. Nobody at all is an error.
 */
export function findAll(
  inventory: Inventory,
  text: string,
  namespace: string,
): readonly Named[] | Unknown {
  if (text.includes('*')) return findMatches(inventory, text);
  const meant = find(inventory, text, namespace);
  return 'error' in meant ? meant : [{ meant, byPattern: false }];
}

function findMatches(inventory: Inventory, text: string): readonly Named[] | Unknown {
  const parts = text.split('/');
  const [namespace = '', kind = '', name = ''] = parts;
  if (parts.length !== 3 || parts.includes('')) {
    return { error: `${quote(text)} needs three parts, namespace/kind/name, such as shop/*/web-*` };
  }
  const candidates = candidatesOf(inventory, kind, text);
  if ('error' in candidates) return candidates;
  const [isNamespace, isName] = [globOf(namespace), globOf(name)];
  const found = candidates.filter((each) => isNamespace(each.namespace) && isName(each.name));
  if (found.length === 0) return { error: nobody(inventory, text, namespace) };
  return found.map(({ meant }) => ({ meant, byPattern: true }));
}

interface Candidate {
  readonly namespace: string;
  readonly name: string;
  readonly meant: Meant;
}

function candidatesOf(inventory: Inventory, kind: string, text: string): Candidate[] | Unknown {
  if (kind.includes('*')) {
    const isKind = globOf(kind.toLowerCase());
    return candidates(
      inventory.topUnits().filter((unit) => isKind(kindOfUnit(unit).toLowerCase())),
    );
  }
  const kinds = new Set(inventory.units.map((unit) => kindOfUnit(unit).toLowerCase()));
  const read = readParty(text, '', kinds);
  if ('error' in read) return read;
  const wanted = read.type === 'object' ? read.kind : undefined;
  if (wanted !== 'service') {
    return candidates(inventory.units.filter((unit) => kindOfUnit(unit).toLowerCase() === wanted));
  }
  return inventory.services
    .filter(({ external, selector }) => !external && selector !== undefined)
    .map((service) => ({ ...service, meant: { type: 'service', service } }));
}

function candidates(units: readonly Unit[]): Candidate[] {
  return units
    .filter((unit) => unit.kind !== 'Pod' || !unit.ended)
    .map((unit) => ({
      ...{ namespace: unit.namespace, name: unit.name },
      meant: { type: 'unit', unit },
    }));
}

function globOf(pattern: string): (text: string) => boolean {
  if (!pattern.includes('*')) return (text) => text === pattern;
  const source = pattern
    .split(/\*+/)
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');
  const whole = new RegExp(`^${source}$`, 's');
  return (text) => whole.test(text);
}

function nobody(inventory: Inventory, text: string, namespace: string): string {
  const known = new Set([...inventory.units, ...inventory.services].map((each) => each.namespace));
  const meant =
    namespace.includes('*') || known.has(namespace) ? '' : suggest(namespace, [...known]);
  const remedy = meant === '' ? '' : `; did you mean ${text.replace(namespace, () => meant)}?`;
  return `${quote(text)} matches nobody in the input${remedy}`;
}
