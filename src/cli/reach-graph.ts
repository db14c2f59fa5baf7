import type { OpenPorts } from '../core/inventory/connections.ts';
import { portsText } from '../core/reach/port-text.ts';
import { wordOf } from './names.ts';
import type { Context } from './reach-text.ts';

/** A node of a graph: its identifier, and what is written on it. */
interface Node {
  readonly id: string;
  readonly label: string;
}

/** The parties by namespace; those outside under ''. */
class Nodes {
  readonly #known = new Map<string, Node>();
  readonly byNamespace = new Map<string, Node[]>();

  of(name: string): Node {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const [kind = '', namespace = '', short] = name.split('/');
    const isBlock = short === undefined;
    const node = { id: `n${this.#known.size}`, label: isBlock ? name : `${kind}/${short}` };
    this.#known.set(name, node);
    const place = isBlock ? '' : namespace;
    const members = this.byNamespace.get(place) ?? [];
    this.byNamespace.set(place, members);
    members.push(node);
    return node;
  }
}

/** A graph for Graphviz: a cluster for each namespace, an edge for each connection. */
export function* formatDot(rows: Iterable<OpenPorts>, context: Context): Generator<string> {
  const { nodes, edges } = graphOf(rows, context);
  yield 'digraph connections {\n  rankdir=LR;\n  node [shape=box];\n';
  let index = 0;
  for (const [namespace, members] of nodes.byNamespace) {
    const lines = members.map(({ id, label }) => `${id} [label=${quoted(label)}];`);
    if (namespace === '') yield lines.map((line) => `  ${line}\n`).join('');
    else {
      const inside = lines.map((line) => `    ${line}\n`).join('');
      yield `  subgraph cluster_${index++} {\n    label=${quoted(namespace)};\n${inside}  }\n`;
    }
  }
  for (const { from, to, ports } of edges) yield `  ${from} -> ${to} [label=${quoted(ports)}];\n`;
  yield '}\n';
}

/** The same as a Mermaid flowchart, which Markdown on many hosts draws. */
export function* formatMermaid(rows: Iterable<OpenPorts>, context: Context): Generator<string> {
  const { nodes, edges } = graphOf(rows, context);
  yield 'flowchart LR\n';
  let index = 0;
  for (const [namespace, members] of nodes.byNamespace) {
    const lines = members.map(({ id, label }) => `${id}[${quoted(label)}]`);
    if (namespace === '') yield lines.map((line) => `  ${line}\n`).join('');
    else {
      const inside = lines.map((line) => `    ${line}\n`).join('');
      yield `  subgraph s${index++}[${quoted(namespace)}]\n${inside}  end\n`;
    }
  }
  for (const { from, to, ports } of edges) yield `  ${from} -->|${quoted(ports)}| ${to}\n`;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

/** Namespaces are drawn before edges, so all edges have to be known first. */
function graphOf(rows: Iterable<OpenPorts>, { standings, isPart }: Context) {
  const nodes = new Nodes();
  if (!isPart) for (const { name } of standings) nodes.of(name);
  const all = [...rows].map(({ from, to, ports }) => ({ from, to, ports: portsText(ports) }));
  const edges = joinEdges(all).map(({ from, to, ports }) => ({
    ...{ from: nodes.of(from).id, to: nodes.of(to).id, ports },
  }));
  return { nodes, edges };
}

/** Edges that differ in the address family outside only are one. */
function joinEdges(edges: readonly Edge[]): Edge[] {
  const bare = ({ from, to, ports }: Edge) => ({ from: wordOf(from), to: wordOf(to), ports });
  const groups = Map.groupBy(edges, (edge) => JSON.stringify(Object.values(bare(edge))));
  return [...groups.values()].flatMap((group) => {
    const [first, other] = group;
    return first === undefined || other === undefined ? group : [bare(first)];
  });
}

/** Names of Kubernetes objects hold neither quotes nor backslashes. */
function quoted(text: string): string {
  return `"${text}"`;
}
