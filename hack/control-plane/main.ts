import { parseArgs } from 'node:util';
import { findBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';

const USAGE = 'usage: node hack/control-plane/main.ts [--binaries-only] [--audit]';

function readOptions(): { 'binaries-only'?: boolean; audit?: boolean } {
  try {
    const options = { 'binaries-only': { type: 'boolean' }, audit: { type: 'boolean' } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${USAGE}`);
  }
}

async function main(): Promise<void> {
  const values = readOptions();
  const binaries = await findBinaries();
  if (values['binaries-only']) {
    for (const [name, { path, version, source }] of Object.entries(binaries)) {
      console.log(`${name} ${version} (${source}): ${path}`);
    }
    return;
  }
  // Until the control plane is there, a signal ends this process, and the supervisor tidies up.
  const controlPlane = await startControlPlane({ binaries, audit: values.audit ?? false });
  const seconds = (controlPlane.startedInMilliseconds / 1000).toFixed(1);
  console.log(`Ready after ${seconds} s at ${controlPlane.server}; Ctrl-C ends it.\n`);
  console.log(`export KUBECONFIG=${controlPlane.kubeconfig}`);
  console.log(`alias kubectl=${controlPlane.kubectl}`);
  if (controlPlane.auditLog !== undefined) console.log(`# audit log: ${controlPlane.auditLog}`);
  const stop = () => controlPlane.stop();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void stop());
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
