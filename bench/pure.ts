import { compile, compileAll } from '../src/core/compile/compile.ts';
import type { WorldRecord } from '../src/core/model/records.ts';
import { defaultSettings } from '../src/core/model/settings.ts';
import { isRecord, readObject } from '../src/core/record/read.ts';
import { World } from '../src/core/world/world.ts';
import { benchCrowded } from './crowded.ts';
import { benchJudging } from './judging.ts';
import { liveMegabytes, median, percentile, spend, stepMilliseconds } from './measure.ts';
import {
  clusterObjects,
  declarationOf,
  dnsObjects,
  hubNamespace,
  hubObjects,
  type KubeObject,
  placeOf,
  serviceObject,
  workloadObject,
} from './objects.ts';
import type { Row } from './table.ts';

const hubNeighbours = 1000;

/** The core alone, without a cluster: compile from nothing, and one changed declaration. */
export async function benchPure(sizes: readonly number[]): Promise<Row[]> {
  const rows: Row[] = [];
  await warmUp();
  for (const size of sizes) rows.push(...(await benchSize(size)));
  return [...rows, ...benchHub(), benchCrowded((objects) => load(objects).world)];
}

async function warmUp(): Promise<void> {
  await fromNothing([...dnsObjects(), ...clusterObjects(1000)], 3);
}

async function benchSize(size: number): Promise<Row[]> {
  const before = liveMegabytes();
  const objects = [...dnsObjects(), ...clusterObjects(size)];
  const input = liveMegabytes();
  const { world, policies, cpuSeconds } = await fromNothing(objects, size > 20_000 ? 1 : 5);
  const held = liveMegabytes() - input;
  const label = `${(size / 1000).toLocaleString('en')}k`;
  const limit = size / 1000 <= 10 ? 0.1 : 0.12;
  return [
    {
      what: `compile ${label} workloads from nothing, CPU`,
      target: size >= 10_000 ? `< ${((size / 1000) * limit).toFixed(0)} s` : '',
      measured: `${cpuSeconds.toFixed(2)} s`,
      ratio: `${((cpuSeconds / size) * 1e6).toFixed(0)} µs each`,
    },
    {
      what: `  live heap of that world (input ${(input - before).toFixed(0)} MB apart)`,
      measured: `${held.toFixed(0)} MB`,
      ratio: `${policies} policies`,
    },
    changeRow(world, size, label),
    ...(await benchJudging(world, label, (edit) => editOf(edit, size))),
  ];
}

async function fromNothing(objects: readonly KubeObject[], times: number) {
  const seconds: number[] = [];
  let built = load(objects);
  for (let time = 0; time < times; time++) {
    liveMegabytes();
    const spent = await spend(() => load(objects));
    seconds.push(spent.cpuSeconds);
    built = spent.value;
  }
  return { ...built, cpuSeconds: median(seconds) };
}

function load(objects: readonly KubeObject[]): { world: World; policies: number } {
  const world = new World(defaultSettings);
  world.load(objects.map(recordOf));
  const compiled = compileAll(world);
  return { world, policies: compiled.reduce((sum, each) => sum + each.policies.length, 0) };
}

function recordOf(object: KubeObject): WorldRecord {
  const read = readObject(object.apiVersion, object.kind, object);
  if (!isRecord(read)) throw new Error(`not a record: ${JSON.stringify(read ?? object.kind)}`);
  return read;
}

/** Edits of single declarations, spread over the cluster: the put, and all that it makes compile. */
function changeRow(world: World, size: number, label: string): Row {
  const edits = 2000;
  const milliseconds: number[] = [];
  let keys = 0;
  for (let edit = 0; edit < 2 * edits; edit++) {
    const record = editOf(edit, size);
    const took = stepMilliseconds(() => {
      const affected = world.put(record);
      for (const key of affected) compile(world, key);
      if (edit >= edits) keys += affected.size;
    });
    if (edit >= edits) milliseconds.push(took);
  }
  return {
    what: `one changed declaration of ${label}, CPU p50 / p99`,
    target: 'p99 < 1 ms',
    measured: `${[0.5, 0.99].map((share) => percentile(milliseconds, share).toFixed(3)).join(' / ')} ms`,
    ratio: `${(keys / edits).toFixed(1)} keys`,
  };
}

function editOf(edit: number, size: number): WorldRecord {
  const index = (edit * 7919) % size;
  const text = declarationOf(index, size, 1 + (edit % 30));
  return recordOf(workloadObject(placeOf(index), text));
}

/** A Service that many talk to: its change costs as much as there are neighbours. */
function benchHub(): Row[] {
  const { world } = load([...dnsObjects(), ...hubObjects(hubNeighbours)]);
  const hub = { namespace: hubNamespace, name: 'hub' };
  const milliseconds: number[] = [];
  let keys = 0;
  for (let turn = 0; turn < 20; turn++) {
    const record = recordOf(serviceObject(hub, 8000 + turn));
    const took = stepMilliseconds(() => {
      const affected = world.put(record);
      for (const key of affected) compile(world, key);
      keys = affected.size;
    });
    milliseconds.push(took);
  }
  const typical = median(milliseconds);
  return [
    {
      what: `a Service that ${hubNeighbours} talk to changes, CPU`,
      measured: `${typical.toFixed(1)} ms`,
      ratio: `${((typical / keys) * 1000).toFixed(0)} µs a key`,
    },
  ];
}
