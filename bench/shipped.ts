import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { run } from '../hack/control-plane/run.ts';
import { median, spend } from './measure.ts';
import { clusterObjects, dnsObjects } from './objects.ts';
import type { Plane } from './plane.ts';
import type { Row } from './table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The program as it is shipped: compiled, in a temporary folder. */
export interface Shipped {
  readonly folder: string;
  readonly main: string;
  remove(): void;
}

export async function build(): Promise<Shipped> {
  const folder = mkdtempSync(join(tmpdir(), 'appconn-bench-'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(root, 'node_modules/.bin/tsc');
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const { code, stdout } = await run(compiler, options);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (code !== 0) {
    remove();
    throw new Error(`tsc failed:\n${stdout}`);
  }
  return { folder, main: join(folder, 'dist/main.js'), remove };
}

/** `render` on a folder of about a thousand manifests, one file a namespace. */
export async function benchRender({ folder, main }: Shipped): Promise<Row[]> {
  const objects = [...dnsObjects(), ...clusterObjects(485)];
  const source = mkdtempSync(join(folder, 'manifests-'));
  for (const [namespace, own] of Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? '')) {
    const documents = own.map((object) => stringify(object, { aliasDuplicateObjects: false }));
    writeFileSync(join(source, `${namespace || 'namespaces'}.yaml`), documents.join('---\n'));
  }
  const took = async (args: readonly string[]) => {
    const seconds: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const spent = await spend(() => run(process.execPath, [main, ...args]));
      if (spent.value.code !== 0) throw new Error(spent.value.stderr);
      seconds.push(spent.seconds);
    }
    return median(seconds);
  };
  const start = await took(['--version']);
  const whole = await took(['render', '-f', source]);
  return [
    {
      what: `render ${objects.length} manifests, wall, start-up included`,
      target: '< 1 s',
      measured: `${whole.toFixed(2)} s`,
    },
    { what: '  start-up alone (--version)', measured: `${start.toFixed(2)} s` },
  ];
}

/**
 * The resident memory of an operator process that has seen the cluster and swept it: as Node comes,
 * and with a small young generation, which costs CPU and is what a memory limit needs.
 */
export async function benchMemory(shipped: Shipped, plane: Plane, size: number): Promise<Row[]> {
  const plain = await measureMemory(shipped, plane, size, []);
  const small = await measureMemory(shipped, plane, size, ['--max-semi-space-size=2']);
  const target = size >= 10_000 ? `< ${size >= 100_000 ? 400 : 150} MB` : '';
  const what = `resident memory at ${size} workloads`;
  return [
    { what: `${what}, swept (most)`, target, measured: plain },
    { what: '  with node --max-semi-space-size=2', measured: small },
  ];
}

async function measureMemory(
  { main }: Shipped,
  { kubeconfig }: Plane,
  size: number,
  nodeFlags: readonly string[],
): Promise<string> {
  const flags = [...nodeFlags, main, 'run', '--kubeconfig', kubeconfig, '--health-port', '0'];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  try {
    while (!log.includes('the first sweep begins')) {
      if (child.exitCode !== null) throw new Error(`the operator ended:\n${log}`);
      await sleep(100);
    }
    // The sweep begins at most 1000 keys a second; then the garbage collector has its say.
    await sleep(10_000 + size);
    const now = residentMegabytes(child.pid, 'VmRSS');
    const most = residentMegabytes(child.pid, 'VmHWM');
    return `${now.toFixed(0)} (${most.toFixed(0)}) MB`;
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

function residentMegabytes(pid: number | undefined, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}
