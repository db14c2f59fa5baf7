import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeDefinition } from './definition.ts';

/**
 * The folder for "kubectl apply -f crds", and the one for kustomize: it takes no file from outside
 * its folders, and a kustomization.yaml among the CRDs would break the former.
 */
const folders = ['crds', 'config/crd'];

/** Writes the CRD; with `--check` only says, by exit code 1, which file is out of date. */
function main(): void {
  const { check } = parseArgs({ options: { check: { type: 'boolean' } } }).values;
  const wanted = writeDefinition();
  for (const folder of folders) {
    const name = `${folder}/appconnectivity.dev_appconnectivities.yaml`;
    const file = new URL(`../../${name}`, import.meta.url);
    if (!check) {
      writeFileSync(file, wanted);
    } else if (readFileSync(file, 'utf8') !== wanted) {
      console.error(`${name} is out of date; run "node hack/crd/generate.ts" and commit it`);
      process.exitCode = 1;
    }
  }
}

main();
