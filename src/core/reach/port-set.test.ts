import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Protocol, protocols } from '../model/policy.ts';
import { everyPort, hasPort, isNoPort, portSetOf, subtractPorts, unitePorts } from './port-set.ts';

const near = fc.constantFrom(1, 2, 3, 79, 80, 81, 82, 65_534, 65_535);
const ranges = fc.array(
  fc.record({ protocol: fc.constantFrom<Protocol>(...protocols), first: near, last: near }),
  { maxLength: 6 },
);
const sets = ranges.map(portSetOf);

test('subtracting leaves exactly the ports that the other set lacks', () => {
  fc.assert(
    fc.property(sets, sets, near, fc.constantFrom(...protocols), (a, b, port, protocol) => {
      const left = subtractPorts(a, b);
      const expected = hasPort(a, port, protocol) && !hasPort(b, port, protocol);
      expect(hasPort(left, port, protocol)).toBe(expected);
      expect(unitePorts(left, b)).toEqual(unitePorts(a, b));
    }),
  );
});

test('every port without a set, and that set, are every port again', () => {
  fc.assert(
    fc.property(sets, (set) => {
      expect(unitePorts(subtractPorts(everyPort, set), set)).toEqual(everyPort);
      expect(isNoPort(subtractPorts(set, everyPort))).toBe(true);
    }),
  );
});
