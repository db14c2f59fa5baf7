import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOrder, build } from '../control-plane/build.ts';
import { findOnPath, locateCache, type Machine, thisMachine } from '../control-plane/machine.ts';
import { run } from '../control-plane/run.ts';
import { stampsOf } from '../control-plane/sources.ts';
import { readVersions } from '../control-plane/versions.ts';

/** The commands that make and judge packets. */
export type EnforcementBinary = 'agent' | 'kube-proxy' | 'kube-network-policies' | 'calico-felix';

export type EnforcementBinaries = Readonly<Record<EnforcementBinary, string>>;

type Order = Pick<BuildOrder, 'package' | 'moduleFolder' | 'takes' | 'stamps'>;

const here = import.meta.dirname;
const orders: Readonly<Record<EnforcementBinary, Order>> = {
  agent: { package: '.', moduleFolder: join(here, 'agent'), takes: 'it takes a few seconds' },
  'kube-proxy': {
    package: 'k8s.io/kubernetes/cmd/kube-proxy',
    moduleFolder: join(here, '..', 'control-plane'),
    takes: 'it takes about a minute',
  },
  'kube-network-policies': {
    package: 'sigs.k8s.io/kube-network-policies/cmd/kube-network-policies/standard',
    moduleFolder: join(here, 'kube-network-policies'),
    takes: 'it takes about three minutes',
  },
  'calico-felix': {
    package: 'github.com/projectcalico/calico/felix/cmd/calico-felix',
    moduleFolder: join(here, 'felix'),
    takes: 'it takes about two minutes',
  },
};

/**
 * Finds these commands in the cache, or builds them into it with Go from the modules here. The cache
 * knows each by what it is built from. Throws a sentence if Go is not there, or a build fails.
 */
export async function findEnforcement(
  machine: Machine = thisMachine(),
): Promise<EnforcementBinaries> {
  const go = await findOnPath(machine.env, 'go');
  if (go === undefined) {
    throw new Error(
      'the policy engines are built with Go: put go on PATH, or leave the packet tests out with APPCONN_PACKETS=off',
    );
  }
  const { kubernetes } = await readVersions(join(here, '..', 'control-plane'));
  const found: Partial<Record<EnforcementBinary, string>> = {};
  // One after another: each build uses every processor.
  for (const name of Object.keys(orders) as EnforcementBinary[]) {
    const order = orders[name];
    const identity = await identify(order.moduleFolder);
    found[name] = await build({
      ...{ ...order, name, version: `(${identity})`, machine, go },
      ...(name === 'kube-proxy' && { stamps: stampsOf({ kubernetes }) }),
      folder: join(locateCache(machine.env), '..', 'enforcement', `${name}-${identity}`),
      avoidedBy: 'APPCONN_PACKETS=off leaves the packet tests out',
    });
  }
  return found as EnforcementBinaries;
}

/** The resource definitions that Felix reads its settings by, which are a file of its module. */
export async function findFelixDefinitions(
  { env }: Pick<Machine, 'env'> = thisMachine(),
): Promise<string> {
  const module = 'github.com/projectcalico/calico';
  const go = (await findOnPath(env, 'go')) ?? 'go';
  const cwd = orders['calico-felix'].moduleFolder;
  const asked = ['mod', 'download', '-json', module];
  const { code, stdout, stderr } = await run(go, asked, { cwd, env });
  if (code !== 0) throw new Error(`go ${asked.join(' ')}: ${stderr.trim()}`);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return join(Dir, 'manifests', 'crds.yaml');
}

/** Equal for equal Go files: sources, go.mod and go.sum. */
async function identify(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(folder))
    .filter((each) => /\.go$|^go\.(mod|sum)$/.test(each))
    .sort()) {
    hash.update(`${file}\n`).update(await readFile(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
