import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { BinaryName } from '../versions.ts';

/** A machine of a test's own: no cache, no assets, and a PATH that is one empty folder. */
export type FakeMachine = Machine & Readonly<{ folder: string; lines: string[] }>;

export async function makeMachine(): Promise<FakeMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'binaries-test-'));
  const moduleFolder = join(folder, 'module');
  await mkdir(moduleFolder);
  await writeFile(
    join(moduleFolder, 'go.mod'),
    'require (\n\tgo.etcd.io/etcd/server/v3 v3.6.5\n\tk8s.io/kubernetes v1.35.4\n)\n',
  );
  const lines: string[] = [];
  const env = { PATH: join(folder, 'path'), XDG_CACHE_HOME: join(folder, 'cache') };
  return { folder, lines, env, moduleFolder, report: (line) => lines.push(line) };
}

export function cacheOf(machine: FakeMachine): string {
  return join(machine.folder, 'cache/appconnectivity/control-plane/v1.35.4-etcd-v3.6.5');
}

/** Puts binaries that say this version into a folder. */
export async function putBinaries(
  folder: string,
  version: string,
  names: readonly BinaryName[],
): Promise<void> {
  for (const name of names) {
    await putScript(join(folder, name), `console.log(${JSON.stringify(`${name} ${version}`)})`);
  }
}

/** A `go` that notes its arguments in `go.log` and, after a moment, writes what `-o` asks for. */
export async function putGo(machine: FakeMachine): Promise<void> {
  await putScript(
    join(machine.folder, 'path/go'),
    `const { appendFileSync, writeFileSync } = await import('node:fs');
     const args = process.argv.slice(2);
     appendFileSync(${JSON.stringify(join(machine.folder, 'go.log'))}, args.join(' ') + '\\n');
     await new Promise((resolve) => setTimeout(resolve, 100));
     writeFileSync(args[args.indexOf('-o') + 1], 'built', { mode: 0o755 });`,
  );
}

export async function readGoCalls(machine: FakeMachine): Promise<string[]> {
  const text = await readFile(join(machine.folder, 'go.log'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** Writes an executable script in JavaScript; it needs nothing from PATH. */
export async function putScript(path: string, code: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!${process.execPath}\n(async () => {\n${code}\n})();\n`);
  await chmod(path, 0o755);
}
