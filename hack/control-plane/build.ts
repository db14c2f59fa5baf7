import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from './lock.ts';
import { isExecutable, type Machine } from './machine.ts';
import { run } from './run.ts';
import { type BinaryName, type Versions, versionOf } from './versions.ts';

const PACKAGES: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

export type BuildOrder = Readonly<{
  name: BinaryName;
  /** The folder that gets the binary. */
  folder: string;
  versions: Versions;
  machine: Machine;
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
  const { name, machine, versions } = order;
  await removeLeftovers(order.folder, name);
  const partial = `${path}.${process.pid}.partial`;
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  machine.report(`building ${name} with go; the first time all four take about five minutes`);
  const ticking = setInterval(
    () => machine.report(`still building ${name}, ${seconds()} s`),
    PROGRESS_EVERY_MILLISECONDS,
  );
  try {
    const built = await run(order.go, buildArguments(name, versions, partial), {
      cwd: machine.moduleFolder,
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

function buildArguments(name: BinaryName, versions: Versions, output: string): string[] {
  const [major = '', minor = ''] = versions.kubernetes.replace(/^v/, '').split('.');
  const stamp = Object.entries({
    gitVersion: versions.kubernetes,
    gitMajor: major,
    gitMinor: minor,
  }).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`);
  const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false'];
  return [
    'build',
    ...flags,
    '-ldflags',
    ['-s -w', ...stamp].join(' '),
    '-o',
    output,
    PACKAGES[name],
  ];
}

function explainFailure(order: BuildOrder, stderr: string): string {
  const lines = stderr.trim().split('\n').slice(-5).join('\n  ');
  return (
    `go could not build ${order.name} ${versionOf(order.name, order.versions)} in ` +
    'hack/control-plane; its last lines say why, and KUBEBUILDER_ASSETS or setup-envtest avoid ' +
    `the build:\n  ${lines}`
  );
}

/** Removes what builds that were killed left behind. A younger file may still be written by someone. */
async function removeLeftovers(folder: string, name: BinaryName): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}.`) || !file.endsWith('.partial')) continue;
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_AFTER_MILLISECONDS) {
      await rm(path, { force: true });
    }
  }
}
