import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeExamples } from './examples.ts';
import { writeReasons } from './reasons.ts';
import { writeResource } from './resource.ts';

const pages: Readonly<Record<string, () => string>> = {
  'docs/spec/examples.md': writeExamples,
  'docs/spec/reasons.md': writeReasons,
  'docs/spec/resource.md': writeResource,
};

/** Writes the generated pages; with `--check` only says, by exit code 1, which is out of date. */
function main(): void {
  const { check } = parseArgs({ options: { check: { type: 'boolean' } } }).values;
  for (const [name, write] of Object.entries(pages)) {
    const file = new URL(`../../${name}`, import.meta.url);
    const wanted = write();
    if (!check) {
      writeFileSync(file, wanted);
    } else if (readFileSync(file, 'utf8') !== wanted) {
      console.error(`${name} is out of date; run "node hack/docs/generate.ts" and commit it`);
      process.exitCode = 1;
    }
  }
}

main();
