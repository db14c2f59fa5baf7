import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';

/** An example, in namespaces of its own. */
export interface Example {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly yaml: string;
}

/** The examples that are one file; each says what it is about by its folder. */
export function readExamples(): Example[] {
  const folders = readdirSync('examples').filter((name) =>
    statSync(`examples/${name}`).isDirectory(),
  );
  return folders
    .filter((name) => name !== 'online-boutique')
    .map((name) => apart(name, readFileSync(`examples/${name}/input.yaml`, 'utf8')));
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Many examples have the same namespaces: each gets its own, wherever one is named. */
export function apart(name: string, yaml: string): Example {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as Named);
  const own = objects
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name);
  const moved = objects.map((object) => move(object, own, (each) => `${name}-${each}`));
  return {
    name,
    namespaces: own.map((each) => `${name}-${each}`),
    yaml: moved.map((object) => stringify(object)).join('---\n'),
  };
}

function move(object: Named, own: readonly string[], to: (name: string) => string): Named {
  const others = new RegExp(`(\\.|\\bns/)(${own.join('|')})(?=$|[:,\\s])`, 'g');
  const moved = JSON.parse(
    JSON.stringify(object, (key, value: unknown) => {
      if (typeof value !== 'string') return value;
      if (key === 'namespace' && own.includes(value)) return to(value);
      return value.replaceAll(others, (_, before: string, each: string) => `${before}${to(each)}`);
    }),
  ) as Named;
  if (moved.kind !== 'Namespace') return moved;
  return { ...moved, metadata: { ...moved.metadata, name: to(moved.metadata.name) } };
}
