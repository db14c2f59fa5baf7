/**
 * Writes what each example under `examples/` renders to (`policies.yaml`) and what `reach` then
 * allows (`connections.txt`). Read the difference before you commit it: these files are the tests.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { renderExample } from '../test/examples/example.ts';

for (const name of readdirSync('examples')) {
  if (!existsSync(`examples/${name}/input.yaml`)) continue;
  const { policies, connections } = renderExample(`examples/${name}`);
  writeFileSync(`examples/${name}/policies.yaml`, policies);
  writeFileSync(`examples/${name}/connections.txt`, connections);
}
