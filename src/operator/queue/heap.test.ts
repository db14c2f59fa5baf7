import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsOf } from '../../../test/support/runs.ts';
import { createHeap, type Placed } from './heap.ts';

interface Item extends Placed {
  readonly rank: number;
}

function itemsOf(ranks: readonly number[]): Item[] {
  return ranks.map((rank) => ({ rank, place: -1 }));
}

describe('the heap', () => {
  test('items come out in order, whatever was inserted and removed before', () => {
    const ranks = fc.uniqueArray(fc.nat(1000), { maxLength: 60 });
    fc.assert(
      fc.property(ranks, fc.array(fc.nat(59)), (values, removals) => {
        const heap = createHeap<Item>((left, right) => left.rank < right.rank);
        const items = itemsOf(values);
        for (const item of items) heap.insert(item);
        const removed = new Set(removals.map((at) => items[at]).filter((item) => !!item));
        for (const item of removed) heap.remove(item);
        const out: number[] = [];
        for (let head = heap.peek(); head; head = heap.peek()) {
          out.push(head.rank);
          heap.remove(head);
        }
        const left = items.filter((item) => !removed.has(item)).map((item) => item.rank);
        expect(out).toEqual(left.sort((one, other) => one - other));
        expect(heap.size()).toBe(0);
      }),
      runsOf(500),
    );
  });

  test('with 100,000 items an operation compares a few dozen of them, never all', () => {
    const count = 100_000;
    let comparisons = 0;
    const heap = createHeap<Item>((left, right) => {
      comparisons += 1;
      return left.rank < right.rank;
    });
    const ranks = Array.from({ length: count }, (_, at) => (at * 7919) % count);
    const items = itemsOf(ranks);
    for (const item of items) heap.insert(item);
    for (const item of items) heap.remove(item);
    expect(comparisons / (2 * count)).toBeLessThan(3 * Math.log2(count));
  });
});
