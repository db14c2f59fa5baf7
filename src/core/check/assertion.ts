import { quote } from '../intent/explain.ts';
import { type PortName, readPort, type Unknown } from '../inventory/question.ts';
import type { Protocol } from '../model/policy.ts';
import type { PortRange } from '../reach/port-set.ts';

/** A port of a Service or a pod, or a range of numbers. */
export type PortWord = PortName | RangeWord;

export interface RangeWord {
  readonly range: PortRange;
  readonly protocol: Protocol;
}

/**
 * Who may, or may not, open connections to whom. Parties are names as `Asker` takes them, patterns
 * (`namespace/kind/name` with `*` in it), or `outside`.
 *
 *   allow   everybody in `from` reaches everybody in `to`, on all of the ports
 *   deny    nobody in `from` reaches anybody in `to`, on any of the ports
 */
export interface Assertion {
  readonly kind: 'allow' | 'deny';
  readonly from: readonly string[];
  /** Parties, addresses and blocks that `from` leaves out. */
  readonly except: readonly string[];
  readonly to: readonly string[];
  /** Empty: every port. */
  readonly ports: readonly PortWord[];
}

/** Reads `80`, `443/TCP`, `http`, `8000-8100/UDP`; a number without a protocol is TCP. */
export function readPortWord(written: string | number): PortWord | Unknown {
  const [port = '', protocol, more] = `${written}`.split('/');
  if (more !== undefined) {
    return { error: `${quote(written)} is no port; write 80, 80/UDP, http or 8000-8100/UDP` };
  }
  const ends = /^(\d+)-(\d+)$/.exec(port);
  if (ends === null) return readPort(port, protocol);
  const [first, last] = [Number(ends[1]), Number(ends[2])];
  const spoken = readPort(undefined, protocol);
  if ('error' in spoken) return spoken;
  if (first < 1 || last > 65_535 || first > last) {
    return { error: `${quote(port)} is no range of ports; it goes from 1 to 65535, and upwards` };
  }
  return { range: { first, last }, protocol: spoken.protocol ?? 'TCP' };
}
