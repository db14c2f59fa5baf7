import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { median } from './measure.ts';
import { manifestsOf } from './reach-objects.ts';
import type { Shipped } from './shipped.ts';
import type { Row } from './table.ts';

const workloads = 1000;
const questions = 100_000;

/** What a process took, from its start to its end. */
interface Taken {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

/** The shipped program from its start to its end, next to what Node and the parsers take alone. */
export function benchWhole({ folder, main }: Shipped): Row[] {
  const objects = manifestsOf(workloads);
  const yaml = join(folder, 'all.yaml');
  const documents = objects.map((object) => stringify(object, { aliasDuplicateObjects: false }));
  writeFileSync(yaml, documents.join('---\n'));
  const json = join(folder, 'all.json');
  writeFileSync(json, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2));
  const tiny = join(folder, 'tiny.yaml');
  writeFileSync(tiny, documents.filter((text) => text.includes('name: app0\n')).join('---\n'));
  const queries = join(folder, 'queries.json');
  writeFileSync(queries, JSON.stringify(Array.from({ length: questions }, questionOf)));
  const one = ['ns0/deploy/app0', 'ns0/deploy/app0:8080'];
  const load = (how: string, file: string) => [
    ...['--input-type=module', '-e'],
    `import { readFileSync } from 'node:fs'; import { loadAll } from 'js-yaml';
    ${how}(readFileSync(${JSON.stringify(file)}, 'utf8'))`,
  ];
  return [
    ...rowsOf(
      folder,
      'node -e 0',
      ['-e', '0'],
      [
        { what: 'appconn --help', target: '< 0.3 s', args: [main, '--help'] },
        { what: 'can-reach, tiny file', args: [main, 'can-reach', '-f', tiny, ...one] },
      ],
    ),
    ...rowsOf(folder, `js-yaml alone, ${objects.length} objects`, load('loadAll', yaml), [
      { what: 'reach of them', target: '< 2 s', args: [main, 'reach', '-o', 'csv', '-f', yaml] },
      {
        what: `can-reach, ${questions} questions`,
        args: [main, 'can-reach', '-o', 'json', '-f', yaml, '--queries', queries],
      },
    ]),
    ...rowsOf(folder, 'JSON.parse alone, the same', load('JSON.parse', json), [
      { what: 'reach of them', target: '< 2 s', args: [main, 'reach', '-o', 'csv', '-f', json] },
    ]),
  ];
}

function questionOf(_: unknown, index: number): object {
  const name = (number: number) =>
    `ns${Math.floor((number % workloads) / 50)}/deploy/app${number % workloads}`;
  return { from: name(index), to: name(index * 7 + Math.floor(index / workloads)), port: 8080 };
}

/** Rows with the ratio of wall time to what `raw` takes, turn by turn. */
function rowsOf(
  folder: string,
  what: string,
  raw: readonly string[],
  others: readonly { what: string; target?: string; args: readonly string[] }[],
): Row[] {
  const all = [raw, ...others.map(({ args }) => args)];
  const turns = Array.from({ length: 5 }, () => all.map((args) => takenBy(folder, args)));
  const rowOf = (index: number) => {
    const of = (field: keyof Taken) => median(turns.map((turn) => turn[index]?.[field] ?? 0));
    const ratio = median(
      turns.map((turn) => (turn[index]?.seconds ?? 0) / (turn[0]?.seconds ?? 1)),
    );
    const [wall, cpu] = [of('seconds').toFixed(2), of('cpuSeconds').toFixed(2)];
    return {
      measured: `${wall} s, CPU ${cpu} s, ${of('megabytes').toFixed(0)} MB`,
      ratio: `${ratio.toFixed(1)} x`,
    };
  };
  return [
    { what, ...rowOf(0) },
    ...others.map(({ what: name, target = '' }, index) => ({
      ...{ what: `  ${name}`, target },
      ...rowOf(index + 1),
    })),
  ];
}

const probe = `data:text/javascript,import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(2, '\\n' + JSON.stringify(process.resourceUsage())));`;

function takenBy(cwd: string, args: readonly string[]): Taken {
  const start = performance.now();
  const { stderr, status } = spawnSync(process.execPath, ['--import', probe, ...args], {
    ...{ cwd, encoding: 'utf8', maxBuffer: 1024 ** 3 },
  });
  const seconds = (performance.now() - start) / 1000;
  // 1 is an answer.
  if (status !== 0 && status !== 1) throw new Error(stderr);
  const usage = JSON.parse(stderr.slice(stderr.lastIndexOf('\n'))) as NodeJS.ResourceUsage;
  const { userCPUTime, systemCPUTime, maxRSS } = usage;
  return { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1000 };
}
