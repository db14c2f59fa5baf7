import { quote } from '../intent/explain.ts';
import { outside } from '../inventory/connections.ts';
import type { Inventory, Unit } from '../inventory/inventory.ts';
import { findAll, type Named } from '../inventory/pattern.ts';
import type { PortName, Unknown } from '../inventory/question.ts';
import { type Asked, demandsOf, type Meant, nameOf } from '../inventory/resolve.ts';
import { sentenceOfLack } from '../inventory/words.ts';
import { protocols } from '../model/policy.ts';
import type { ServicePort, ServiceRecord } from '../model/records.ts';
import type { Endpoint } from '../reach/endpoint.ts';
import {
  allPorts,
  everyPort,
  hasPort,
  type PortSet,
  portSetOf,
  unitePorts,
} from '../reach/port-set.ts';
import type { Assertion, PortWord } from './assertion.ts';
import type { Endpoints } from './endpoints.ts';
import { wordOf } from './words.ts';

/** Somebody to whom connections are opened. */
export interface Target {
  readonly name: string;
  /** Its name in a question. */
  readonly asked: string;
  readonly byPattern: boolean;
  readonly isService: boolean;
  /** An `allow` needs one end of every demand; a `deny` forbids every end of all. */
  readonly demands: readonly Wanted[];
  /** What an `allow` asks for in vain, whatever policies say. */
  readonly lacking: PortName | undefined;
}

/** Ends of which each stands for the others, on the ports that are asserted. */
export interface Wanted {
  readonly ends: readonly TargetEnd[];
  /** The port of a Service that leads to the ends. */
  readonly servicePort: ServicePort | undefined;
}

export interface TargetEnd {
  readonly name: string;
  /** Its name in a question. */
  readonly asked: string;
  readonly endpoint: Endpoint;
  readonly ports: PortSet;
  /** The pod or workload, and what makes it, or itself; undefined for addresses outside. */
  readonly unit: Unit | undefined;
  readonly top: Unit | undefined;
}

type Asserted = Pick<Assertion, 'kind' | 'ports'>;

/** One look-up of ports; `ports` replaces those that it finds. An error where it would find none. */
type Search = { readonly port: PortName; readonly ports?: PortSet } | Unknown;

/** The targets of all words but `outside`, each once. */
export function listTargets(
  inventory: Inventory,
  endpoints: Endpoints,
  words: readonly string[],
  namespace: string,
  asserted: Asserted,
): readonly Target[] | Unknown {
  const targets = new Map<string, Target>();
  for (const word of words.filter((each) => each !== outside)) {
    const named = findAll(inventory, word, namespace);
    if ('error' in named) return named;
    const prepare = (each: Named, ports = asserted.ports) =>
      targetOf(inventory, endpoints, each, { ...asserted, ports });
    for (const each of named) {
      const target = prepare(each);
      if (!('error' in target)) targets.set(keyOf(target), target);
      else if (asserted.kind === 'allow' || !each.byPattern) return target;
    }
    const unknown = namesOfPorts(asserted.ports).find(
      ({ ports }) => !named.some((each) => !('error' in prepare(each, ports))),
    );
    if (unknown !== undefined) {
      const what = `nobody whom ${quote(word)} matches has ${unknown.name}`;
      return { error: `${what}, so that nothing would be asserted of it` };
    }
  }
  return [...targets.values()];
}

/** Some kind of workload may be called Service, too. */
function keyOf({ isService, name }: Target): string {
  return isService ? `behind ${name}` : name;
}

/** Each port by itself; where none is given, any. */
function namesOfPorts(ports: readonly PortWord[]) {
  if (ports.length === 0) return [{ name: 'a port', ports }];
  return ports.map((word) => ({ name: `a port ${portText(word)}`, ports: [word] }));
}

function portText(word: PortWord): string {
  const port = 'range' in word ? `${word.range.first}-${word.range.last}` : `${word.port}`;
  return word.protocol === undefined ? port : `${port}/${word.protocol}`;
}

/** A party as a target, or why an assertion about it would say nothing. */
export function targetOf(
  inventory: Inventory,
  endpoints: Endpoints,
  { meant, byPattern }: Named,
  asserted: Asserted,
): Target | Unknown {
  const name = nameOf(meant);
  const isService = meant.type === 'service';
  const address = isService ? undefined : meant.address;
  const target = { name, asked: wordOf(name, address), byPattern, isService };
  const isLenient = asserted.kind === 'deny' && (byPattern || asserted.ports.length === 0);
  const demands: Wanted[] = [];
  let problem = `${name} has no port`;
  for (const search of searchesOf(meant, asserted)) {
    const found = lookUp(inventory, endpoints, meant, search);
    if (!('error' in found)) demands.push(...found);
    else if (found.lacking && asserted.kind === 'allow') {
      return { ...target, demands: [], lacking: found.lacking };
    } else if (isLenient) problem = found.error;
    else return { error: found.error };
  }
  if (demands.length === 0) return { error: problem };
  return { ...target, demands: isService ? demands : [united(demands)], lacking: undefined };
}

/** What has to be granted for one look-up; `lacking` is the port that a Service cannot grant. */
function lookUp(
  inventory: Inventory,
  endpoints: Endpoints,
  meant: Meant,
  search: Search,
): readonly Wanted[] | (Unknown & { readonly lacking?: PortName }) {
  if ('error' in search) return search;
  const { port, ports } = search;
  const found = demandsOf(inventory, meant, port);
  if ('error' in found) return found;
  if ('lacking' in found) return { error: sentenceOfLack(found.lacking), lacking: port };
  return found.demands.map(({ ends, servicePort }) => ({
    ends: ends.map(({ asked, ...end }) => ({
      ...{ name: end.name, asked: wordOf(end.name, end.address), endpoint: endpoints.of(end) },
      ...{ ports: ports ?? portsOf(asked), unit: end.unit },
      top: end.unit && inventory.topOf(end.unit),
    })),
    servicePort,
  }));
}

function searchesOf(meant: Meant, { kind, ports }: Asserted): readonly Search[] {
  if (ports.length > 0) return ports.flatMap((word) => searchesOfWord(meant, word));
  return kind === 'deny' && meant.type === 'service' ? everySearch(meant.service) : [{ port: {} }];
}

/** Of a Service every port that it has; a headless one is the pods, with whatever they have. */
function everySearch({ headless, ports }: ServiceRecord): readonly Search[] {
  if (headless) return [{ port: { port: allPorts.first }, ports: everyPort }];
  return ports.map(({ port, protocol }) => ({ port: { port, protocol } }));
}

function searchesOfWord(meant: Meant, word: PortWord): readonly Search[] {
  if (!('range' in word)) return [{ port: word }];
  const { range, protocol } = word;
  const ports = portSetOf([{ ...range, protocol }]);
  if (meant.type !== 'service') return [{ port: { protocol }, ports }];
  const { service } = meant;
  if (service.headless) return [{ port: { port: range.first, protocol }, ports }];
  const inside = service.ports.filter((each) => hasPort(ports, each.port, each.protocol));
  if (inside.length > 0) return everySearch({ ...service, ports: inside });
  return [{ error: `${nameOf(meant)} has no port within ${portText(word)}` }];
}

function united(demands: readonly Wanted[]): Wanted {
  const ends = new Map<string, TargetEnd>();
  for (const end of demands.flatMap((demand) => demand.ends)) {
    const before = ends.get(end.name);
    ends.set(end.name, before ? { ...end, ports: unitePorts(before.ports, end.ports) } : end);
  }
  return { ends: [...ends.values()], servicePort: undefined };
}

function portsOf(asked: Asked): PortSet {
  if ('port' in asked) {
    const { port, protocol } = asked;
    return portSetOf([{ first: port, last: port, protocol }]);
  }
  if (asked.every.length === protocols.length) return everyPort;
  return portSetOf(asked.every.map((protocol) => ({ ...allPorts, protocol })));
}
