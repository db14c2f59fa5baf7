import { Connections } from '../src/core/inventory/connections.ts';
import { Inventory, nameOfUnit } from '../src/core/inventory/inventory.ts';
import { liveMegabytes, spend } from './measure.ts';
import { policiesOf, unitOf } from './reach-objects.ts';

function countPairs(size: number, senders?: number): () => number {
  const units = Array.from({ length: size }, (_, index) => unitOf(index));
  const policies = units.flatMap((_, index) => policiesOf(index, size));
  const namespaces = new Set(units.map(({ namespace }) => namespace));
  const inventory = new Inventory(units);
  for (const name of namespaces) inventory.namespaces.set(name, { team: name });
  const from = senders === undefined ? undefined : new Set(units.slice(0, senders).map(nameOfUnit));
  return () => {
    let pairs = 0;
    const connections = new Connections(inventory, policies);
    for (const _ of connections.between({ from, to: undefined })) pairs++;
    return pairs;
  };
}

// What bench/reach.ts measures in a process of its own: arguments SIZE and, perhaps, SENDERS.
const [size = 0, senders] = process.argv.slice(2).map(Number);
const work = countPairs(size, senders);
liveMegabytes();
const { value: pairs, cpuSeconds } = await spend(work);
const megabytes = process.resourceUsage().maxRSS / 1000;
console.log(JSON.stringify({ pairs, cpuSeconds, megabytes }));
