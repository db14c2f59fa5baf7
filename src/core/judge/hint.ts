import { derivedWord } from '../compile/naming.ts';
import type { EdgeTarget } from '../model/edge.ts';
import { partsOf } from '../model/identity.ts';
import { type Direction, opposite, type PolicyPort } from '../model/policy.ts';
import type { Language } from '../model/settings.ts';
import type { Workload } from '../world/namespace-state.ts';
import { mayBeIsolated } from '../world/subjects.ts';
import type { World } from '../world/world.ts';
import type { Subject } from './parties.ts';

/** What the owner of a silent other end would have to write, and where. */
export interface Hint {
  readonly line: string;
  readonly where: string;
  /** Those who have access today only because the other end is silent, and would lose it. */
  readonly others: string;
}

/**
 * The line with which a silent other end agrees. A silent workload that declares anything ends what
 * its silence gave its neighbours, so the line lists them as well: it must never cut anyone off when
 * it is taken at its word. Not for an end that declares something: the line would replace that.
 */
export function hintFor(
  world: World,
  direction: Direction,
  subject: Subject,
  { namespace = '', workload }: EdgeTarget,
): Hint {
  const line = `appconnectivity.dev/${keyOfOtherEnd(direction)}: `;
  const name = nameSeenFrom(namespace, subject);
  const there = world.state(namespace);
  const other = workload === undefined ? undefined : there?.workloads.get(workload);
  if (there === undefined || other === undefined) {
    return { line: `${line}${name}`, where: `the workloads of ${namespace}`, others: '' };
  }
  // Where silence is no word, because others isolate these pods, nobody has access by it.
  const theirs = opposite(direction);
  const silent = mayBeIsolated(there, theirs);
  const named = silent ? derivedWord(world, there, other, theirs) : [];
  const names = named.flatMap(({ workload: from }) =>
    from === undefined || from === other ? [] : [nameOf(from, namespace)],
  );
  const others = [...new Set(names)].filter((each) => each !== name).sort();
  return {
    line: `${line}${[name, ...others].join(', ')}`,
    where: describe(other),
    others: others.join(', '),
  };
}

/** The one entry that an end which lists others already would have to add to its list. */
export function entryFor(subject: Subject, { namespace = '' }: EdgeTarget): string {
  return nameSeenFrom(namespace, subject);
}

/**
 * The entries, with their ports, for an end that lists the subject on other ports already. Whoever
 * talks to the subject by a Service would have to name a port of that, which these are not: they are
 * those of the workload itself.
 */
export function entriesWithPorts(
  { settings }: World,
  direction: Direction,
  subject: Subject,
  target: EdgeTarget,
): string {
  const name = entryFor(subject, target);
  if (target.ports === 'all') return name;
  const kind = subject.workload && wordOf(settings, subject.workload);
  const entry = direction === 'Ingress' && kind !== undefined ? `${kind}/${name}` : name;
  return target.ports.map((port) => `${entry}${formatPort(port)}`).join(', ');
}

/** What entries call the workload's kind. */
function wordOf({ workloadKinds }: Language, { record: { ref } }: Workload): string | undefined {
  return workloadKinds.find(({ group, kind }) => group === ref.group && kind === ref.kind)
    ?.words[0];
}

/** The key under which the other end of an edge declares its word. */
export function keyOfOtherEnd(direction: Direction): 'accepts-from' | 'talks-to' {
  return direction === 'Egress' ? 'accepts-from' : 'talks-to';
}

/** A workload, as a person would say it. */
export function describe({ key }: Pick<Workload, 'key'>): string {
  const { kind, namespace, name } = partsOf(key);
  return `${kind} ${name} in namespace ${namespace}`;
}

/** The last dot of an entry separates the namespace: a name with a dot is written with it. */
function nameOf({ record: { ref } }: Workload, namespace: string): string {
  return ref.namespace !== namespace || ref.name.includes('.')
    ? `${ref.name}.${ref.namespace}`
    : ref.name;
}

/** No annotation can name pods of which no workload is known: only a resource, by their labels. */
function nameSeenFrom(namespace: string, { pod, workload }: Subject): string {
  const far = pod.namespace !== namespace;
  if (workload !== undefined) return nameOf(workload, namespace);
  const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
  return `pods ${labels.join(',')}${far ? ` of namespace ${pod.namespace}` : ''}`;
}

function formatPort({ port = '', endPort, protocol = 'TCP' }: PolicyPort): string {
  const range = endPort === undefined ? '' : `-${endPort}`;
  return `:${port}${range}${protocol === 'TCP' ? '' : `/${protocol.toLowerCase()}`}`;
}
