import type { ConnectionChange } from '../core/diff/connections.ts';
import { type PolicyChange, summarizeChange } from '../core/diff/policies.ts';
import { isNoPort, type PortSet } from '../core/reach/port-set.ts';
import { portsText } from '../core/reach/port-text.ts';
import { formatNames } from './names.ts';

/** A pair whose ports open or close; a workload by its key, or addresses outside by a word. */
export interface ListedConnection {
  readonly from: string;
  readonly to: string;
  readonly ports: PortSet;
}

/** Connections of one kind: the first of them, and how many there are. */
export interface ConnectionsList {
  readonly total: number;
  readonly listed: readonly ListedConnection[];
}

/** So many connections gained and lost are listed; all are counted. */
export const mostListed = 10_000;

/** What differs between two policies, in a few words. */
export function summaryText(change: PolicyChange): string {
  const { isolates, isolatesNoMore, selector, peers, ports } = summarizeChange(change);
  const parts = [
    ...isolates.map((direction) => `+${direction}`),
    ...isolatesNoMore.map((direction) => `-${direction}`),
    ...(selector ? ['other pods'] : []),
    ...signed(peers, 'peer'),
    ...signed(ports, 'port'),
  ];
  return parts.length === 0 ? 'labels or annotations' : parts.join(', ');
}

function signed({ added, removed }: { added: number; removed: number }, noun: string): string[] {
  const nounOf = (count: number) => (count === 1 ? noun : `${noun}s`);
  return [
    ...(added > 0 ? [`+${added} ${nounOf(added)}`] : []),
    ...(removed > 0 ? [`-${removed} ${nounOf(removed)}`] : []),
  ];
}

/** The first connections gained and lost, and how many of each there are. */
export function listConnections(changes: Iterable<ConnectionChange>): {
  readonly gained: ConnectionsList;
  readonly lost: ConnectionsList;
} {
  const gained = { total: 0, listed: [] as ListedConnection[] };
  const lost = { total: 0, listed: [] as ListedConnection[] };
  for (const { from, to, ...sets } of changes) {
    for (const [kind, ports] of [
      [gained, sets.gained],
      [lost, sets.lost],
    ] as const) {
      if (isNoPort(ports)) continue;
      kind.total++;
      if (kind.listed.length < mostListed) kind.listed.push({ from, to, ports });
    }
  }
  return { gained, lost };
}

/** One line for all connections of one end on the same ports; each stands where most others do. */
export function groupConnections(connections: readonly ListedConnection[]): string[] {
  const grouped = (end: 'from' | 'to') => (each: ListedConnection) =>
    `${end} ${each[end]}: ${portsText(each.ports)}`;
  const counts = new Map<string, number>();
  for (const each of connections) {
    for (const key of [grouped('from')(each), grouped('to')(each)]) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const placeOf = (each: ListedConnection) => {
    const [from, to] = [grouped('from')(each), grouped('to')(each)];
    return (counts.get(from) ?? 0) >= (counts.get(to) ?? 0) ? from : to;
  };
  return [...Map.groupBy(connections, placeOf).values()].map(formatGroup);
}

function formatGroup([first, ...others]: readonly ListedConnection[]): string {
  if (first === undefined) return '';
  const namesOf = (end: 'from' | 'to') =>
    formatNames([...new Set([first, ...others].map((each) => each[end]))]);
  return `${namesOf('from')} -> ${namesOf('to')}: ${portsText(first.ports)}`;
}
