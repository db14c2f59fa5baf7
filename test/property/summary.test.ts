import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { summaryAnnotation } from '../../src/core/model/names.ts';
import { nameOfPolicy } from '../../src/core/model/policy.ts';
import { specText } from '../../src/core/plan/compare.ts';
import { World } from '../../src/core/world/world.ts';
import { histories } from '../support/events.ts';
import { runs, runsOf, timeFor } from '../support/runs.ts';

jest.setTimeout(timeFor(runs));

describe('The summary of a policy', () => {
  test('is one short line, and changes only when a rule does, whatever else happens', () => {
    let alike = 0;
    fc.assert(
      fc.property(histories(), ({ events, end }) => {
        const world = new World(end.settings);
        const said = new Map<string, string | undefined>();
        for (const { type, record } of events) {
          if (type === 'put') world.put(record);
          else world.remove(record);
          for (const policy of compileAll(world).flatMap(({ policies }) => policies)) {
            const summary = policy.metadata.annotations?.[summaryAnnotation];
            expect(summary).toMatch(/^\P{C}{1,256}$/u);
            const rules = `${nameOfPolicy(policy)} ${specText(policy)}`;
            if (said.has(rules)) alike += 1;
            expect(said.get(rules) ?? summary).toBe(summary);
            said.set(rules, summary);
          }
        }
      }),
      runsOf(runs / 4),
    );
    expect(alike).toBeGreaterThan(runs / 4);
  });
});
