import { type Document, isAlias, isMap, isScalar, isSeq, type Scalar, visit } from 'yaml';

/**
 * The first `<<` that stands behind a key which it brings as well; undefined where there is none. For
 * kubectl the later one of the two counts, for YAML's own rule the one that is written out.
 */
export function findLateMerge(document: Document): Scalar | undefined {
  let found: Scalar | undefined;
  visit(document, {
    Map(_, { items }) {
      const before = new Set<unknown>();
      for (const { key, value } of items) {
        if (!isMerge(key)) {
          before.add(isScalar(key) ? String(key.value) : key);
        } else if (keysOf(document, value).some((each) => before.has(each))) {
          found = key;
          return visit.BREAK;
        }
      }
      return undefined;
    },
  });
  return found;
}

function isMerge(key: unknown): key is Scalar {
  return isScalar(key) && key.source === '<<' && key.type === 'PLAIN';
}

/** The keys of a map, or of each of a list of maps. One that merges itself (`within`) brings no more. */
function keysOf(document: Document, value: unknown, within: readonly unknown[] = []): string[] {
  const node = isAlias(value) ? value.resolve(document) : value;
  if (within.includes(node)) return [];
  const inside = [...within, node];
  if (isSeq(node)) return node.items.flatMap((item) => keysOf(document, item, inside));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value: own }) =>
    isMerge(key) ? keysOf(document, own, inside) : [isScalar(key) ? String(key.value) : ''],
  );
}
