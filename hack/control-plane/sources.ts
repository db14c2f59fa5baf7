import { join } from 'node:path';
import { build } from './build.ts';
import { findOnPath, isExecutable, locateCache, type Machine } from './machine.ts';
import { run } from './run.ts';
import {
  type BinaryName,
  nameCacheFolder,
  parseVersion,
  readVersions,
  type Versions,
  versionOf,
} from './versions.ts';

export type Source = 'KUBEBUILDER_ASSETS' | 'cache' | 'setup-envtest' | 'build';

/** A binary that can be had; only `obtain` may take long. */
export type Candidate = Readonly<{
  version: string;
  source: Source;
  obtain: () => Promise<string>;
}>;

/** One source's answer for one binary; undefined means that it does not have it. */
export type Look = (name: BinaryName) => Promise<Candidate | undefined>;

/** The sources in the order in which they are asked; nothing is run before a source is asked. */
export async function listSources(machine: Machine): Promise<readonly Look[]> {
  const versions = await readVersions(machine.moduleFolder);
  const cache = join(locateCache(machine.env), nameCacheFolder(versions));
  return [
    lookInAssets(machine),
    lookInCache(cache, versions),
    lookInEnvtest(machine, versions),
    lookAtGo(machine, cache, versions),
  ];
}

function lookInAssets({ env }: Machine): Look {
  return async (name) => {
    const folder = env.KUBEBUILDER_ASSETS;
    return folder ? lookInFolder(folder, name, 'KUBEBUILDER_ASSETS') : undefined;
  };
}

/** What lies in the cache was put there by `build`, so its folder's name tells its version. */
function lookInCache(folder: string, versions: Versions): Look {
  return async (name) => {
    const path = join(folder, name);
    if (!(await isExecutable(path))) return undefined;
    return { version: versionOf(name, versions), source: 'cache', obtain: async () => path };
  };
}

/** Asks only for what is installed: setup-envtest downloads nothing on our behalf. */
function lookInEnvtest({ env }: Machine, versions: Versions): Look {
  const wanted = versions.kubernetes.replace(/^v/, '');
  const ask = async () => {
    const command = await findOnPath(env, 'setup-envtest');
    if (command === undefined) return undefined;
    const answer = await run(command, ['use', '-i', '-p', 'path', wanted], { env });
    return answer.code === 0 ? answer.stdout.trim() : undefined;
  };
  let asked: ReturnType<typeof ask> | undefined;
  return async (name) => {
    asked ??= ask();
    const folder = await asked;
    return folder ? lookInFolder(folder, name, 'setup-envtest') : undefined;
  };
}

function lookAtGo(machine: Machine, folder: string, versions: Versions): Look {
  return async (name) => {
    const go = await findOnPath(machine.env, 'go');
    if (go === undefined) return undefined;
    return {
      version: versionOf(name, versions),
      source: 'build',
      obtain: () => build({ ...orderOf(name, versions), folder, ...placeOf(machine), go }),
    };
  };
}

function placeOf(machine: Machine) {
  return { machine, moduleFolder: machine.moduleFolder };
}

const packages: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

function orderOf(name: BinaryName, versions: Versions) {
  return {
    ...{ name, package: packages[name], version: versionOf(name, versions) },
    stamps: stampsOf(versions),
    takes: 'all four take about five minutes',
    avoidedBy: 'KUBEBUILDER_ASSETS or setup-envtest avoid the build',
  };
}

/** The variables by which commands of Kubernetes know their version. */
export function stampsOf({ kubernetes }: Pick<Versions, 'kubernetes'>): Record<string, string> {
  const [major = '', minor = ''] = kubernetes.replace(/^v/, '').split('.');
  const stamps = { gitVersion: kubernetes, gitMajor: major, gitMinor: minor };
  const whole = Object.entries(stamps).map(([key, value]) => [
    `k8s.io/component-base/version.${key}`,
    value,
  ]);
  return Object.fromEntries(whole) as Record<string, string>;
}

/** A binary that cannot say its version (of another processor, say) counts as absent. */
async function lookInFolder(
  folder: string,
  name: BinaryName,
  source: Source,
): Promise<Candidate | undefined> {
  const path = join(folder, name);
  if (!(await isExecutable(path))) return undefined;
  const answer = await run(path, name === 'kubectl' ? ['version', '--client'] : ['--version']);
  const version = answer.code === 0 ? parseVersion(answer.stdout) : undefined;
  return version === undefined ? undefined : { version, source, obtain: async () => path };
}
