import { spawnSync } from 'node:child_process';
import { median } from './measure.ts';
import type { Row } from './table.ts';

const times = 3;

/** What one process took, its start and the generated objects not counted as CPU. */
interface Taken {
  readonly pairs: number;
  readonly cpuSeconds: number;
  /** The most that was resident, with Node and the generated objects. */
  readonly megabytes: number;
}

/** `appconn reach` without its reading: every pair, and one sender against all. */
export function benchReach(sizes: readonly number[]): Row[] {
  return [
    ...sizes.map((size) =>
      rowOf(`all pairs of ${size} workloads, CPU`, [size], size === 1000 ? '< 2 s' : ''),
    ),
    rowOf('one of 10000 workloads to all, CPU', [10_000, 1], '< 1 s'),
  ];
}

function rowOf(what: string, args: readonly number[], target: string): Row {
  const turns = Array.from({ length: times }, () => takenBy(args));
  const seconds = median(turns.map(({ cpuSeconds }) => cpuSeconds));
  const megabytes = median(turns.map((turn) => turn.megabytes));
  const measured = `${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB`;
  return { what, target, measured, ratio: `${turns[0]?.pairs ?? 0} open` };
}

function takenBy(args: readonly number[]): Taken {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['bench/reach-one.ts', ...args.map(String)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Taken;
}
