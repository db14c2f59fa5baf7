import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import { edgeStates } from '../../src/core/model/edge-state.ts';
import { findingCodes } from '../../src/core/status/messages.ts';
import { World } from '../../src/core/world/world.ts';
import { runsOf } from '../support/runs.ts';
import { textsIn } from '../support/spec-page.ts';
import { recordsOf, worlds } from '../support/worlds.ts';

const page = readFileSync('docs/spec/states.md', 'utf8');

/** The reasons that the page gives for each state. */
const documented = new Map(
  page.split('\n').flatMap((line) => {
    const [, state = '', , reasons = ''] = line.split('|').map((cell) => cell.trim());
    const [name = ''] = textsIn(state);
    return edgeStates.some((each) => each === name) ? [[name, textsIn(reasons)] as const] : [];
  }),
);

describe('The states in docs/spec/states.md', () => {
  test('are all but the one that is not given, each with reasons that there are', () => {
    expect([...documented.keys()]).toEqual(edgeStates.filter((state) => state !== 'Invalid'));
    const reasons = [...documented.values()].flat();
    expect(reasons.filter((reason) => !findingCodes.some((code) => code === reason))).toEqual([]);
  });

  test('have every reason that an edge of a random world is given, before and after the writes', () => {
    const given = new Set<string>();
    fc.assert(
      fc.property(worlds(), (random) => {
        const world = new World(random.settings);
        world.load(recordsOf(random));
        const compiled = compileAll(world);
        for (const live of [false, true]) {
          for (const policy of live ? compiled.flatMap(({ policies }) => policies) : []) {
            const kind = 'NetworkPolicy';
            world.put({ kind, policy, uid: '1', resourceVersion: '1', applied: true });
          }
          for (const { state } of judgeEdges(
            world,
            compiled.flatMap(({ edges }) => edges),
          )) {
            given.add(`${state.state}/${state.reason.code}`);
          }
        }
      }),
      runsOf(200),
    );
    const known = [...documented].flatMap(([state, reasons]) =>
      reasons.map((reason) => `${state}/${reason}`),
    );
    expect([...given].filter((each) => !known.includes(each))).toEqual([]);
    expect(given.size).toBeGreaterThan(10);
  });
});
