import { type Protocol, protocols } from '../model/policy.ts';

/** Ports `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Ports by protocol. Invariant: ranges ascend, lie in 1-65535 and neither overlap nor touch. */
export type PortSet = Readonly<Record<Protocol, readonly PortRange[]>>;

export const allPorts: PortRange = { first: 1, last: 65_535 };

export const everyPort: PortSet = { TCP: [allPorts], UDP: [allPorts], SCTP: [allPorts] };

export const noPort: PortSet = { TCP: [], UDP: [], SCTP: [] };

/** Whether all 65,535 ports of all three protocols are in the set. */
export function isEveryPort(set: PortSet): boolean {
  return protocols.every((protocol) =>
    set[protocol].some(({ first, last }) => first === 1 && last === 65_535),
  );
}

export function isNoPort(set: PortSet): boolean {
  return protocols.every((protocol) => set[protocol].length === 0);
}

export function hasPort(set: PortSet, port: number, protocol: Protocol): boolean {
  return set[protocol].some(({ first, last }) => first <= port && port <= last);
}

/** The set of all the given ranges, in any order, overlapping, empty or out of bounds. */
export function portSetOf(ranges: Iterable<PortRange & { readonly protocol: Protocol }>): PortSet {
  const all = [...ranges];
  return eachProtocol((protocol) => merge(all.filter((range) => range.protocol === protocol)));
}

export function unitePorts(a: PortSet, b: PortSet): PortSet {
  if (a === everyPort || b === everyPort) return everyPort;
  return eachProtocol((protocol) => merge([...a[protocol], ...b[protocol]]));
}

export function intersectPorts(a: PortSet, b: PortSet): PortSet {
  if (a === everyPort) return b;
  if (b === everyPort) return a;
  return eachProtocol((protocol) =>
    merge(a[protocol].flatMap((x) => b[protocol].map((y) => overlap(x, y)))),
  );
}

/** The ports of `a` that are not in `b`. */
export function subtractPorts(a: PortSet, b: PortSet): PortSet {
  return eachProtocol((protocol) =>
    merge(
      b[protocol].reduce(
        (left, cut) => left.flatMap((range) => [below(range, cut), above(range, cut)]),
        a[protocol],
      ),
    ),
  );
}

/** The part of a range below another; may be empty. */
function below(range: PortRange, { first }: PortRange): PortRange {
  return { first: range.first, last: Math.min(range.last, first - 1) };
}

/** The part of a range above another; may be empty. */
function above(range: PortRange, { last }: PortRange): PortRange {
  return { first: Math.max(range.first, last + 1), last: range.last };
}

function eachProtocol(ranges: (protocol: Protocol) => readonly PortRange[]): PortSet {
  return { TCP: ranges('TCP'), UDP: ranges('UDP'), SCTP: ranges('SCTP') };
}

/** May be empty (`last` below `first`); `merge` drops it. */
function overlap(x: PortRange, y: PortRange): PortRange {
  return { first: Math.max(x.first, y.first), last: Math.min(x.last, y.last) };
}

function merge(ranges: readonly PortRange[]): readonly PortRange[] {
  const ascending = ranges
    .map((range) => overlap(range, allPorts))
    .filter(({ first, last }) => first <= last)
    .sort((a, b) => a.first - b.first);
  const merged: PortRange[] = [];
  for (const { first, last } of ascending) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last + 1) merged.push({ first, last });
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, last) };
  }
  return merged;
}
