import { namesOf } from '../compile/naming.ts';
import { resolveAll } from '../compile/word.ts';
import type { Declaration } from '../model/declaration.ts';
import type { Edge, EdgeTarget } from '../model/edge.ts';
import { keyOf, type ObjectRef } from '../model/identity.ts';
import { opposite, type PolicyPort } from '../model/policy.ts';
import { isMeant, mayMean } from '../world/meaning.ts';
import type { NamespaceState, Workload } from '../world/namespace-state.ts';
import { declarationsOf } from '../world/subjects.ts';
import type { World } from '../world/world.ts';

/** So many subjects and destinations of one edge are looked at. */
const mostEnds = 20;

/** A workload at the other end, and the ports on which it is meant. */
interface OtherEnd {
  readonly state: NamespaceState;
  readonly workload: Workload;
  readonly ports: EdgeTarget['ports'];
}

/**
 * Who declares the flow of an edge from its other end as well: sources of a destination that have
 * an entry for a subject of the edge, on a port that both mean. Each once, in the order of their
 * keys.
 */
export function declaredAlsoBy(world: World, edge: Edge): ObjectRef[] {
  const found = new Map<string, ObjectRef>();
  for (const end of otherEndsOf(world, edge)) {
    const said = declarationsOf(end.state, end.workload, opposite(edge.direction));
    for (const declaration of said) {
      const key = keyOf(declaration.source);
      if (!found.has(key) && meansSubject(world, edge, end, declaration)) {
        found.set(key, declaration.source);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
}

function otherEndsOf(world: World, { targets }: Edge): OtherEnd[] {
  return targets.slice(0, mostEnds).flatMap(({ workload: key, ports }) => {
    const workload = key === undefined ? undefined : world.workload(key);
    if (workload === undefined) return [];
    const state = world.state(workload.record.ref.namespace);
    return state === undefined ? [] : [{ state, workload, ports }];
  });
}

function meansSubject(world: World, edge: Edge, end: OtherEnd, declaration: Declaration): boolean {
  const { state, workload } = end;
  return edge.subjects.slice(0, mostEnds).some((key) => {
    const subject = world.workload(key);
    const home = subject && world.state(subject.record.ref.namespace);
    if (subject === undefined || home === undefined) return false;
    const called = namesOf(home, subject);
    const entries = declaration.entries.filter((entry) =>
      mayMean(entry, state.name, { namespace: home.name, called }),
    );
    if (entries.length === 0) return false;
    const writer = { state, workload };
    const accepting = edge.direction === 'Egress' ? workload : subject;
    return resolveAll(world, writer, [{ ...declaration, entries }])
      .flatMap(({ targets }) => targets)
      .some(
        (target) =>
          isMeant(target, subject, home) && haveCommonPort(target.ports, end.ports, accepting),
      );
  });
}

/** Ports are those of the accepting end, whichever end declares them. */
function haveCommonPort(
  some: EdgeTarget['ports'],
  others: EdgeTarget['ports'],
  accepting: Workload,
): boolean {
  if (some === 'all' || others === 'all') return true;
  const ranges = others.flatMap((port) => rangesOf(port, accepting));
  return some
    .flatMap((port) => rangesOf(port, accepting))
    .some((one) =>
      ranges.some(
        (other) =>
          one.protocol === other.protocol && one.first <= other.last && other.first <= one.last,
      ),
    );
}

function rangesOf({ port, endPort, protocol = 'TCP' }: PolicyPort, { record }: Workload) {
  if (port === undefined) return [{ first: 1, last: 65535, protocol }];
  if (typeof port === 'number') return [{ first: port, last: endPort ?? port, protocol }];
  return record.ports
    .filter((own) => own.name === port && own.protocol === protocol)
    .map((own) => ({ first: own.port, last: own.port, protocol }));
}
