import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** What each stage of the core may import: itself and these. biome.json says the same to editors. */
const stages: Readonly<Record<string, readonly string[]>> = {
  model: [],
  intent: ['model'],
  record: ['model', 'intent'],
  world: ['model', 'intent'],
  resolve: ['model', 'intent', 'world'],
  allow: ['model', 'intent', 'world', 'resolve'],
  compile: ['model', 'intent', 'world', 'resolve', 'allow'],
  truth: ['model', 'intent'],
  reach: ['model'],
  plan: ['model', 'intent', 'world', 'compile', 'reach'],
  judge: ['model', 'world', 'compile', 'reach'],
  status: ['model', 'intent'],
  diff: ['model', 'world', 'compile', 'reach', 'plan', 'inventory'],
  inventory: ['model', 'intent', 'record', 'reach'],
  check: ['model', 'intent', 'reach', 'inventory'],
};

/** Packages that the pure stages may use. */
const pure = new Set(['ipaddr.js', 'zod', 'node:crypto', 'node:util']);

interface Import {
  readonly file: string;
  /** The imported file from `src`, or the package. */
  readonly target: string;
}

function sources(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(([, named, dynamic]) => {
    const path = named ?? dynamic ?? '';
    const local = path.startsWith('.');
    return { file, target: local ? relative('src', join(dirname(file), path)) : path };
  });
}

const product = sources('src').filter((file) => !/\.test\.ts$|\/(testing|fixtures)\//.test(file));
const imports = product.flatMap(importsOf);

describe('The direction of layers', () => {
  test.each(Object.keys(stages))('core/%s imports no later stage and nothing impure', (stage) => {
    const own = imports.filter(({ file }) => file.startsWith(`src/core/${stage}/`));
    expect(own.length).toBeGreaterThan(0);
    const allowed = [stage, ...(stages[stage] ?? [])].map((name) => `core/${name}/`);
    const wrong = own.filter(
      ({ target }) => !pure.has(target) && !allowed.some((prefix) => target.startsWith(prefix)),
    );
    expect(wrong).toEqual([]);
  });

  test('every folder of the core is in the table', () => {
    expect(readdirSync('src/core').sort()).toEqual(Object.keys(stages).sort());
  });

  test('only kube imports the client, and kube knows nothing of ours', () => {
    const client = imports.filter(({ target }) => target.startsWith('@kubernetes/client-node'));
    expect(client.every(({ file }) => file.startsWith('src/kube/'))).toBe(true);
    const kube = imports.filter(({ file }) => file.startsWith('src/kube/'));
    expect(kube.filter(({ target }) => /^(core|operator|cli)\//.test(target))).toEqual([]);
  });

  test('only main and settings read the environment, the wall clock or chance', () => {
    const impure = product.filter((file) => {
      const code = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      return /process\.(env|argv)|Date\.now\(|Math\.random\(/.test(code);
    });
    expect(impure).toEqual(['src/main.ts']);
  });

  test('no file is over 300 lines', () => {
    const files = ['src', 'test', 'hack', 'bench'].flatMap(sources);
    const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });
});
