import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, Asker } from '../../src/core/inventory/ask.ts';
import { Inventory } from '../../src/core/inventory/inventory.ts';
import type { Unknown } from '../../src/core/inventory/question.ts';
import { isItem, readItem } from '../../src/core/inventory/read.ts';
import { naiveAnswer } from '../support/naive-can-reach.ts';
import { type Case, casesOfReach, objectsOf } from '../support/reach-arbitraries.ts';
import { runsOf } from '../support/runs.ts';

function answer(given: Case): Answer | Unknown {
  const items = objectsOf(given).flatMap((raw) => {
    const item = readItem(raw.apiVersion, raw.kind, raw);
    if (item === undefined || !isItem(item)) throw new Error(`unread: ${JSON.stringify(raw)}`);
    return item;
  });
  const inventory = new Inventory(items);
  return new Asker(inventory, inventory.policies, 'one').ask(given.question);
}

function verdict(given: Answer | Unknown): 'yes' | 'no' | 'unknown' {
  if ('error' in given) return 'unknown';
  return given.allowed ? 'yes' : 'no';
}

test('in every small cluster can-reach says what a naive reading of objects and rules says', () => {
  fc.assert(
    fc.property(casesOfReach, (given) => {
      const said = answer(given);
      expect(verdict(said)).toBe(naiveAnswer(given));
    }),
    runsOf(1500),
  );
});

test('the two directions of what decided are both allowed exactly where the answer is yes', () => {
  fc.assert(
    fc.property(casesOfReach, (given) => {
      const said = answer(given);
      if ('error' in said || said.decided === undefined) return;
      const { egress, ingress } = said.decided;
      expect(egress.allowed && ingress.allowed).toBe(said.allowed);
      expect(said.decided.allowed).toBe(said.allowed);
    }),
    runsOf(500),
  );
});

test('the clusters are not vacuous: rules allow many, policies deny many, some are unknown', () => {
  const all = fc.sample(casesOfReach, { numRuns: 1500, seed: 1 });
  const answers = all.map((given) => ({ given, said: answer(given) }));
  const share = (some: (each: (typeof answers)[number]) => boolean) =>
    answers.filter(some).length / answers.length;
  const isIsolated = ({ said }: (typeof answers)[number]) =>
    'decided' in said &&
    said.decided !== undefined &&
    (said.decided.egress.isolated || said.decided.ingress.isolated);
  expect(share(({ said }) => verdict(said) === 'yes')).toBeGreaterThan(0.2);
  expect(share((each) => verdict(each.said) === 'yes' && isIsolated(each))).toBeGreaterThan(0.03);
  expect(share((each) => verdict(each.said) === 'no' && isIsolated(each))).toBeGreaterThan(0.15);
  expect(share(({ said }) => verdict(said) === 'unknown')).toBeGreaterThan(0.05);
  expect(share(({ said }) => verdict(said) === 'unknown')).toBeLessThan(0.4);
  expect(share(({ given }) => given.question.to.includes('/svc/'))).toBeGreaterThan(0.2);
  expect(share(({ said }) => 'differing' in said && said.differing.length > 0)).toBeGreaterThan(
    0.002,
  );
});
