import { quote } from '../intent/explain.ts';
import type { Inventory } from '../inventory/inventory.ts';
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
import { findAll, type Named } from './pattern.ts';
import { outside, wordOf } from './words.ts';

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
  readonly endpoint: Endpoint;
  readonly ports: PortSet;
}

type Asserted = Pick<Assertion, 'kind' | 'ports'>;

/** One look-up of ports; `ports` replaces those that it finds. */
interface Search {
  readonly port: PortName;
  readonly ports?: PortSet;
}

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
    let found = 0;
    for (const each of named) {
      const target = targetOf(inventory, endpoints, each, asserted);
      if (!('error' in target)) {
        targets.set(target.name, target);
        found++;
      } else if (asserted.kind === 'allow' || !each.byPattern) return target;
    }
    if (found === 0) {
      const what = `nobody whom ${quote(word)} matches has a port that the assertion names`;
      return { error: `${what}, so that nothing would be asserted` };
    }
  }
  return [...targets.values()];
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
  const searches = searchesOf(meant, asserted);
  if ('error' in searches) return searches;
  const target = { name, asked: wordOf(name), byPattern, isService };
  const isLenient = asserted.kind === 'deny' && (byPattern || asserted.ports.length === 0);
  const demands: Wanted[] = [];
  let problem = `${name} has no port`;
  for (const { port, ports } of searches) {
    const found = demandsOf(inventory, meant, port);
    if ('demands' in found) {
      demands.push(
        ...found.demands.map(({ ends, servicePort }) => ({
          ends: ends.map(({ asked, ...end }) => ({
            ...{ name: end.name, endpoint: endpoints.of(end), ports: ports ?? portsOf(asked) },
          })),
          servicePort,
        })),
      );
      continue;
    }
    if ('lacking' in found && asserted.kind === 'allow') {
      return { ...target, demands: [], lacking: port };
    }
    problem = 'error' in found ? found.error : sentenceOfLack(found.lacking);
    if (!isLenient) return { error: problem };
  }
  if (demands.length === 0) return { error: problem };
  return { ...target, demands: isService ? demands : [united(demands)], lacking: undefined };
}

function searchesOf(meant: Meant, { kind, ports }: Asserted): readonly Search[] | Unknown {
  if (ports.length === 0) {
    return kind === 'deny' && meant.type === 'service'
      ? everySearch(meant.service)
      : [{ port: {} }];
  }
  const searches: Search[] = [];
  for (const word of ports) {
    const found = searchesOfWord(meant, word);
    if ('error' in found) return found;
    searches.push(...found);
  }
  return searches;
}

/** Of a Service every port that it has; a headless one is the pods, with whatever they have. */
function everySearch({ headless, ports }: ServiceRecord): readonly Search[] {
  if (headless) return [{ port: { port: allPorts.first }, ports: everyPort }];
  return ports.map(({ port, protocol }) => ({ port: { port, protocol } }));
}

function searchesOfWord(meant: Meant, word: PortWord): readonly Search[] | Unknown {
  if (!('range' in word)) return [{ port: word }];
  const { range, protocol } = word;
  const ports = portSetOf([{ ...range, protocol }]);
  if (meant.type !== 'service') return [{ port: { protocol }, ports }];
  const { service } = meant;
  if (service.headless) return [{ port: { port: range.first, protocol }, ports }];
  const inside = service.ports.filter((each) => hasPort(ports, each.port, each.protocol));
  if (inside.length > 0) return everySearch({ ...service, ports: inside });
  const text = `${range.first}-${range.last}/${protocol}`;
  return { error: `${nameOf(meant)} has no port within ${text}` };
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
