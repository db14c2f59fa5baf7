import { parseArgs } from 'node:util';
import { benchCluster } from './cluster.ts';
import { startPlane } from './plane.ts';
import { benchPure } from './pure.ts';
import { benchReach } from './reach.ts';
import { benchMemory, benchRender, build } from './shipped.ts';
import { printRows } from './table.ts';
import { benchWhole } from './whole.ts';

const help = `npm run bench [-- --only pure|reach|render|whole|cluster] [--size N…] [--rate N]

  --only   one part
  --size   workloads; pure: 1000 and 10000 (100000 takes a minute), reach: 300, 1000 and 3000,
           cluster: 1000, unless given
  --rate   reconciles begun per second, at most, of the operator that is measured (5000)

Measures the core alone, the shipped program on files and from its start to its end, and the operator against a real API server
that it starts. CPU where possible, since machines are shared; ratios are of one run. Not a test.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    size: { type: 'string', multiple: true },
    rate: { type: 'string', default: '5000' },
    help: { type: 'boolean', short: 'h' },
  },
});

async function benchAll(): Promise<void> {
  const wanted = (part: string) => values.only === undefined || values.only === part;
  const sizes = values.size?.map(Number);
  if (wanted('pure')) printRows('core alone', await benchPure(sizes ?? [1000, 10_000]));
  if (wanted('reach')) printRows('reach', benchReach(sizes ?? [300, 1000, 3000]));
  if (!['render', 'whole', 'cluster'].some(wanted)) return;
  const shipped = await build();
  try {
    if (wanted('render')) printRows('files', await benchRender(shipped));
    if (wanted('whole')) printRows('from start to end', benchWhole(shipped));
    if (!wanted('cluster')) return;
    for (const size of sizes ?? [1000]) {
      const plane = await startPlane(size);
      try {
        printRows(`cluster of ${size}`, [
          ...(await benchCluster(plane, size, Number(values.rate))),
          ...(await benchMemory(shipped, plane, size)),
        ]);
      } finally {
        await plane.stop();
      }
    }
  } finally {
    shipped.remove();
  }
}

if (values.help) console.log(help);
else await benchAll();
