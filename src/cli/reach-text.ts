import type { OpenPorts, Standing } from '../core/inventory/connections.ts';
import type { Locate } from '../core/inventory/words.ts';
import type { Direction } from '../core/model/policy.ts';
import { type Grants, grantsBetween } from '../core/reach/allowed-ports.ts';
import { listPorts, portsText } from '../core/reach/port-text.ts';
import { formatNames } from './names.ts';

/** What a format may tell besides the connections. */
export interface Context {
  readonly standings: readonly Standing[];
  /** Somebody's connections only, so that who has none of those is not worth drawing. */
  readonly isPart: boolean;
  readonly locate: Locate;
}

/** The version of the JSON form: its fields keep their meaning until it changes. */
const formatVersion = 1;

/** One line for each sender and ports; for those outside, for each receiver and ports. */
export function* formatTable(rows: Iterable<OpenPorts>, { standings }: Context): Generator<string> {
  const units = new Set(standings.map(({ name }) => name));
  const lines = new Map<string, { from: Set<string>; to: Set<string>; ports: string }>();
  for (const { from, to, ports } of rows) {
    const text = portsText(ports);
    const key = units.has(from) ? `f ${from} ${text}` : `t ${to} ${text}`;
    const line = lines.get(key) ?? { from: new Set(), to: new Set(), ports: text };
    lines.set(key, line);
    line.from.add(from);
    line.to.add(to);
  }
  const everyone = (names: ReadonlySet<string>) =>
    units.size > 2 && [...units].every((unit) => names.has(unit));
  const named = (names: ReadonlySet<string>) => {
    if (!everyone(names)) return formatNames([...names]);
    const others = [...names].filter((name) => !units.has(name));
    return formatNames([`all ${units.size} pods and workloads`, ...others]);
  };
  const cells = [...lines.values()].map(({ from, to, ports }) => [named(from), named(to), ports]);
  yield* align([['FROM', 'TO', 'PORTS'], ...cells]);
}

/** One line for each connection, with the policies that let it through. */
export function* formatWide(rows: Iterable<OpenPorts>, { locate }: Context): Generator<string> {
  const cells = [...rows].map(({ from, to, ports, ends }) => {
    const grants = grantsBetween(ends.from, ends.to);
    const by = (direction: Direction) => byText(grants[direction], direction, locate);
    return [from, to, portsText(ports), by('Egress'), by('Ingress')];
  });
  yield* align([['FROM', 'TO', 'PORTS', 'EGRESS BY', 'INGRESS BY'], ...cells]);
}

/** `from,to,ports`, one line for each connection; ports with blanks between them. */
export function* formatCsv(rows: Iterable<OpenPorts>): Generator<string> {
  yield 'from,to,ports\n';
  for (const { from, to, ports } of rows) yield `${from},${to},${listPorts(ports).join(' ')}\n`;
}

/** The shape of docs/schemas/reach.json, a connection on a line. */
export function* formatJson(rows: Iterable<OpenPorts>, { standings }: Context): Generator<string> {
  const parties = standings.map(({ name, isolated }) => ({
    ...{ name, isolated: isolated.map((direction) => direction.toLowerCase()) },
  }));
  yield `{"version":${formatVersion},\n"parties":[${lined(parties.map((each) => JSON.stringify(each)))}],\n"connections":[`;
  let comma = '\n';
  for (const { from, to, ports } of rows) {
    yield `${comma}${JSON.stringify({ from, to, ports: listPorts(ports) })}`;
    comma = ',\n';
  }
  yield '\n]}\n';
}

function lined(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\n${texts.join(',\n')}\n`;
}

function byText(by: Grants[Direction], direction: Direction, locate: Locate): string {
  if (by === undefined) return '-';
  const names = by.map((ref) => {
    const place = locate(ref, direction);
    return `${ref.namespace}/${ref.name}${place === undefined ? '' : ` (${place})`}`;
  });
  return formatNames([...new Set(names)]);
}

/** Columns under each other; the last one as it is. */
function* align(cells: readonly (readonly string[])[]): Generator<string> {
  const width = (column: number) =>
    cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0);
  const widths = (cells[0] ?? []).map((_, column) => width(column));
  for (const row of cells) {
    const padded = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
    yield `${padded.join('   ')}\n`;
  }
}
