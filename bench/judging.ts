import { compile, compileAll } from '../src/core/compile/compile.ts';
import { judgeKey } from '../src/core/judge/key.ts';
import type { Key } from '../src/core/model/identity.ts';
import type { NetworkPolicy } from '../src/core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../src/core/model/records.ts';
import { attentionOf } from '../src/core/status/attention.ts';
import { judgedWithPolicy, judgedWithWords } from '../src/core/world/judged.ts';
import type { World } from '../src/core/world/world.ts';
import { percentile, spend, stepMilliseconds } from './measure.ts';
import type { Row } from './table.ts';

const edits = 500;

/** What a change costs beyond compiling it: who is told what of it, over live policies. */
export async function benchJudging(
  world: World,
  label: string,
  edit: (index: number) => WorldRecord,
): Promise<Row[]> {
  for (const { policies } of compileAll(world)) for (const each of policies) write(world, each);
  const keys = [...world.keys()];
  const everyone = await spend(() => {
    for (const key of keys) judge(world, key);
  });
  const milliseconds: number[] = [];
  let judged = 0;
  for (let index = 0; index < edits; index++) {
    const again = change(world, edit(index));
    judged += again.size;
    milliseconds.push(
      stepMilliseconds(() => {
        for (const key of again) judge(world, key);
      }),
    );
  }
  const [typical, worst] = [0.5, 0.99].map((share) => percentile(milliseconds, share).toFixed(2));
  return [
    {
      what: `judging everyone in ${label}, as after a start, CPU`,
      measured: `${everyone.cpuSeconds.toFixed(2)} s`,
      ratio: `${((everyone.cpuSeconds / keys.length) * 1e6).toFixed(0)} µs each`,
    },
    {
      what: `judging after one changed declaration of ${label}, p50 / p99`,
      measured: `${typical} / ${worst} ms`,
      ratio: `${(judged / edits).toFixed(1)} keys`,
    },
  ];
}

/** Makes a change, writes what it wants, and gives whom to judge again. */
function change(world: World, record: WorldRecord): Set<Key> {
  const again = new Set<Key>();
  for (const key of world.put(record)) {
    for (const each of judgedWithWords(world, [key])) again.add(each);
    for (const policy of compile(world, key).policies) {
      write(world, policy);
      for (const each of judgedWithPolicy(world, policy)) again.add(each);
    }
  }
  return again;
}

function judge(world: World, key: Key): void {
  const compiled = compile(world, key);
  const { own, added } = judgeKey(world, compiled);
  attentionOf([...own, ...added], compiled.findings);
}

function write(world: World, policy: NetworkPolicy): void {
  const record: PolicyRecord = {
    ...{ kind: 'NetworkPolicy', policy, uid: '1', resourceVersion: '1', applied: true },
  };
  world.load([record]);
}
