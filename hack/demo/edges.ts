import { compileAll } from '../../src/core/compile/compile.ts';
import { formatPort } from '../../src/core/intent/format.ts';
import { judgeEdge } from '../../src/core/judge/judge.ts';
import type { Edge } from '../../src/core/model/edge.ts';
import { messageOf } from '../../src/core/status/messages.ts';
import type { World } from '../../src/core/world/world.ts';
import type { Observer } from './observer.ts';
import { paint } from './page.ts';
import { renderTable } from './table.ts';

/** One declared flow, and what became of it. */
export interface DeclaredEdge {
  /** Who declared it. */
  readonly workload: string;
  /** `talks-to cartservice`, as it was written. */
  readonly text: string;
  /** The pods' ports that it resolved to. */
  readonly ports: string;
  /** `Allowed`, `Pending/TargetNotFound`. */
  readonly state: string;
  readonly message: string;
}

/** Every edge of a namespace in the state that `reach` finds over the live policies. */
export function edgesOf(world: World, namespace: string): DeclaredEdge[] {
  const edges = compileAll(world)
    .flatMap((compiled) => compiled.edges)
    .filter(({ source }) => source.namespace === namespace)
    .map((edge) => describeEdge(world, edge));
  return edges.sort((a, b) => (`${a.workload} ${a.text}` < `${b.workload} ${b.text}` ? -1 : 1));
}

/** How many edges are in each state. */
export function countStates(edges: readonly DeclaredEdge[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of edges) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** How many edges were allowed when it began, and those that were not at some moment since. */
export interface Guarded {
  readonly allowed: number;
  readonly cut: readonly string[];
}

/** Looks at the allowed edges of some namespaces after every change of a policy, until it is called. */
export function guardEdges(
  { world, eachChange }: Pick<Observer, 'world' | 'eachChange'>,
  namespaces: readonly string[],
): () => Guarded {
  const look = () =>
    namespaces.flatMap((namespace) =>
      edgesOf(world, namespace)
        .filter(({ state }) => state === 'Allowed' || state === 'Open')
        .map(({ workload, text }) => `${workload}.${namespace} ${text}`),
    );
  const before = look();
  const cut = new Set<string>();
  const end = eachChange(({ record }) => {
    if (record.kind !== 'NetworkPolicy') return;
    const now = new Set(look());
    for (const edge of before) if (!now.has(edge)) cut.add(edge);
  });
  return () => {
    end();
    return { allowed: before.length, cut: [...cut] };
  };
}

export function renderEdges(edges: readonly DeclaredEdge[]): string[] {
  const columns = [
    { title: 'DEPLOYMENT', most: 22 },
    { title: 'SAYS', most: 34 },
    { title: 'PORTS', most: 8 },
    { title: 'STATE', most: 34 },
  ];
  return renderTable(
    columns,
    edges.map(({ workload, text, ports, state }, at) => [
      edges[at - 1]?.workload === workload ? '' : workload,
      text,
      ports,
      paint(state === 'Allowed' ? 'green' : 'yellow', state),
    ]),
  );
}

function describeEdge(world: World, edge: Edge): DeclaredEdge {
  const { state, reason } = judgeEdge(world, edge);
  return {
    workload: edge.source.name,
    text: `${edge.direction === 'Egress' ? 'talks-to' : 'accepts-from'} ${edge.text}`,
    ports: edge.targets.length === 0 ? '' : portsOf(edge),
    state: reason.code === state ? state : `${state}/${reason.code}`,
    message: messageOf(reason),
  };
}

function portsOf({ targets }: Edge): string {
  const texts = targets.flatMap(({ ports }) =>
    ports === 'all'
      ? ['all']
      : ports.map(({ port = '*', protocol = 'TCP' }) =>
          formatPort(protocol === 'TCP' ? { port } : { port, protocol }),
        ),
  );
  return [...new Set(texts)].join('+');
}
