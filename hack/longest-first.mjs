/** Files that take a minute or more by themselves. */
const minutes = /\/(e2e\/(election|shards|faults)|property\/(truth|writes|incremental))\.test\.ts$/;

const rankOf = ({ path }) =>
  [minutes, /\/test\/(e2e|property)\//, /\/test\//].findIndex((each) => each.test(path)) + 1 || 4;

/**
 * Jest knows how long files take only where it has run before, and else goes by their size: on a clean
 * clone a short file that asks thousands of worlds would start last, and all would wait for it.
 */
export default class LongestFirst {
  sort(tests) {
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || (a.path < b.path ? -1 : 1));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
