/**
 * Writes what each example under `examples/` renders to (`policies.yaml`), what is said about it
 * (`messages.txt`) and what `reach` then allows (`connections.txt`). Read the difference before you
 * commit it: these files are the tests.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { exampleFolders, renderExample } from '../test/examples/example.ts';

for (const name of exampleFolders()) {
  for (const [file, text] of Object.entries(renderExample(`examples/${name}`))) {
    const path = `examples/${name}/${file}`;
    if (text === '') rmSync(path, { force: true });
    else writeFileSync(path, text);
  }
}
