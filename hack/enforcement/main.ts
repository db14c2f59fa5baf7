import { parseArgs } from 'node:util';
import { findEnforcement } from './binaries.ts';
import { type EngineName, engineNames } from './engine.ts';
import { startRig } from './rig.ts';

const usage = `usage: bash hack/enforcement/private.sh node hack/enforcement/main.ts [--engine ${engineNames.join('|')}]
       node hack/enforcement/main.ts --binaries-only`;

function readOptions() {
  try {
    const options = {
      'binaries-only': { type: 'boolean' },
      engine: { type: 'string', default: engineNames[0] },
    } as const;
    const { values } = parseArgs({ options });
    const engine = engineNames.find((name) => name === values.engine);
    if (engine === undefined) throw new Error(`there is no engine ${values.engine}`);
    return { engine, binariesOnly: values['binaries-only'] === true };
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${usage}`);
  }
}

async function main(): Promise<void> {
  const { engine, binariesOnly } = readOptions();
  if (binariesOnly) {
    const binaries = Object.entries(await findEnforcement());
    for (const [name, path] of binaries) console.log(`${name}: ${path}`);
    return;
  }
  await serve(engine);
}

async function serve(engine: EngineName): Promise<void> {
  const rig = await startRig(engine);
  console.log(`Ready: ${engine} enforces. Ctrl-C ends it; in this network only:\n`);
  console.log(`export KUBECONFIG=${rig.plane.kubeconfig}`);
  console.log(`alias kubectl=${rig.plane.kubectl}`);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void rig.stop());
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
