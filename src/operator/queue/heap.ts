/** An item knows its place in the one heap that holds it, so it can be removed without a search. */
export interface Placed {
  /** Written by the heap only. */
  place: number;
}

/** A binary heap: `insert` and `remove` cost O(log n), `peek` and `size` O(1). */
export interface Heap<Item extends Placed> {
  size(): number;
  /** The item that is before all others; undefined when empty. */
  peek(): Item | undefined;
  /** The item must be in no heap. */
  insert(item: Item): void;
  /** The item must be in this heap. What `isBefore` reads must not have changed since `insert`. */
  remove(item: Item): void;
}

/** `isBefore` must be a strict total order over the items. */
export function createHeap<Item extends Placed>(
  isBefore: (left: Item, right: Item) => boolean,
): Heap<Item> {
  const items: Item[] = [];

  function put(item: Item, place: number): void {
    items[place] = item;
    item.place = place;
  }

  function rise(item: Item, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      put(parent, place);
      place = above;
    }
    put(item, place);
  }

  function firstChild(place: number): Item | undefined {
    const left = items[2 * place + 1];
    const right = items[2 * place + 2];
    return left && right && isBefore(right, left) ? right : left;
  }

  function sink(item: Item, from: number): void {
    let place = from;
    for (;;) {
      const child = firstChild(place);
      if (child === undefined || !isBefore(child, item)) break;
      const next = child.place;
      put(child, place);
      place = next;
    }
    put(item, place);
  }

  return {
    size: () => items.length,
    peek: () => items[0],
    insert: (item) => rise(item, items.length),
    remove(item) {
      const last = items.pop();
      if (last === undefined || last === item) return;
      rise(last, item.place);
      sink(last, last.place);
    },
  };
}
