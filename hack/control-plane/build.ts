import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from './lock.ts';
import { isExecutable, type Machine } from './machine.ts';
import { run } from './run.ts';

/** A command to build from a Go module of ours that pins it. */
export type BuildOrder = Readonly<{
  /** Of the binary, and in what is said. */
  name: string;
  /** The Go package, `.` for one that lies in the module's folder. */
  package: string;
  /** What is said of it beside its name. */
  version: string;
  /** Where go.mod is. */
  moduleFolder: string;
  /** The folder that gets the binary. */
  folder: string;
  /** Variables of packages that the linker sets, by their whole names. */
  stamps?: Readonly<Record<string, string>>;
  /** How long it takes the first time, and what avoids the build: clauses for people. */
  takes: string;
  avoidedBy: string;
  machine: Pick<Machine, 'env' | 'report'>;
  /** The path of the `go` command. */
  go: string;
}>;

const PROGRESS_EVERY_MILLISECONDS = 15_000;
const LEFTOVER_AFTER_MILLISECONDS = 60 * 60 * 1000;

/**
 * Builds one binary into a folder and returns its path. Another process that builds the same binary
 * is waited for, so that it is built once. Throws with the compiler's last lines if it fails.
 */
export async function build(order: BuildOrder): Promise<string> {
  const path = join(order.folder, order.name);
  await mkdir(order.folder, { recursive: true });
  const release = await holdLock(`${path}.lock`, () =>
    order.machine.report(`waiting for another process that builds ${order.name}`),
  );
  try {
    if (!(await isExecutable(path))) await compile(order, path);
    return path;
  } finally {
    await release();
  }
}

/** Whoever looks at `path` sees no file or the whole one: the lock saves work, the rename is what is safe. */
async function compile(order: BuildOrder, path: string): Promise<void> {
  const { name, machine } = order;
  await removeLeftovers(order.folder, name);
  const partial = `${path}.${process.pid}.partial`;
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  machine.report(`building ${name} with go; the first time ${order.takes}`);
  const ticking = setInterval(
    () => machine.report(`still building ${name}, ${seconds()} s`),
    PROGRESS_EVERY_MILLISECONDS,
  );
  try {
    const built = await run(order.go, buildArguments(order, partial), {
      cwd: order.moduleFolder,
      env: { ...machine.env, CGO_ENABLED: '0' },
    });
    if (built.code !== 0) throw new Error(explainFailure(order, built.stderr));
    await rename(partial, path);
    machine.report(`built ${name} in ${seconds()} s`);
  } finally {
    clearInterval(ticking);
    await rm(partial, { force: true });
  }
}

function buildArguments(order: BuildOrder, output: string): string[] {
  const stamps = Object.entries(order.stamps ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
  const linker = ['-s -w', ...stamps].join(' ');
  return ['build', ...flags, '-ldflags', linker, '-o', output, order.package];
}

function explainFailure(order: BuildOrder, stderr: string): string {
  const lines = stderr.trim().split('\n').slice(-5).join('\n  ');
  return (
    `go could not build ${order.name} ${order.version} in ${order.moduleFolder}; its last lines say ` +
    `why, and ${order.avoidedBy}:\n  ${lines}`
  );
}

/** Removes what builds that were killed left behind. A younger file may still be written by someone. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith('.partial')) continue;
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_AFTER_MILLISECONDS) {
      await rm(path, { force: true });
    }
  }
}
