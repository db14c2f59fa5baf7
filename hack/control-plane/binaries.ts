import { thisMachine } from './machine.ts';
import { type Candidate, type Look, listSources, type Source } from './sources.ts';
import { type BinaryName, minorOf } from './versions.ts';

export type Binary = Readonly<{ path: string; version: string; source: Source }>;

export type Binaries = Readonly<Record<BinaryName, Binary>>;

/**
 * Finds the four binaries, each on its own, in the order of `listSources`; the first that serves is
 * taken. The controller manager has the API server's very version and kubectl its minor version, so
 * assets of another version give way to a pair of ours. Throws one sentence that names the ways out
 * if a binary is nowhere to be had.
 */
export async function findBinaries(machine = thisMachine()): Promise<Binaries> {
  const sources = await listSources(machine);
  const etcd = await findFirst(sources, 'etcd');
  const [server, manager] = await findPair(sources);
  const minor = minorOf(server.version);
  const kubectl = await findFirst(sources, 'kubectl', (version) => minorOf(version) === minor);
  return {
    etcd: await obtain(etcd),
    'kube-apiserver': await obtain(server),
    'kube-controller-manager': await obtain(manager),
    kubectl: await obtain(kubectl),
  };
}

/** The first API server that has a controller manager of its own version, and that. */
async function findPair(sources: readonly Look[]): Promise<[Candidate, Candidate]> {
  let lonely: string | undefined;
  for (const look of sources) {
    const server = await look('kube-apiserver');
    if (server === undefined) continue;
    lonely = server.version;
    const manager = await first(sources, 'kube-controller-manager', (each) => each === lonely);
    if (manager !== undefined) return [server, manager];
  }
  throw lonely === undefined
    ? absent('kube-apiserver')
    : absent(`kube-controller-manager ${lonely} (the version of the API server found)`);
}

async function findFirst(
  sources: readonly Look[],
  name: BinaryName,
  serves = (_version: string) => true,
): Promise<Candidate> {
  const found = await first(sources, name, serves);
  if (found === undefined) throw absent(name);
  return found;
}

async function first(
  sources: readonly Look[],
  name: BinaryName,
  serves: (version: string) => boolean,
): Promise<Candidate | undefined> {
  for (const look of sources) {
    const candidate = await look(name);
    if (candidate !== undefined && serves(candidate.version)) return candidate;
  }
  return undefined;
}

async function obtain({ version, source, obtain }: Candidate): Promise<Binary> {
  return { path: await obtain(), version, source };
}

function absent(what: string): Error {
  return new Error(
    `no ${what} for the development control plane: point KUBEBUILDER_ASSETS at a folder that holds ` +
      'it, install the binaries with setup-envtest, or put Go on PATH so that it is built from ' +
      'hack/control-plane/go.mod',
  );
}
