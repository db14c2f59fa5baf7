import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { exampleFolders, renderExample, sentenceOf } from './example.ts';

const folders = exampleFolders();

describe('Examples', () => {
  test('begin with the four first wishes and the three uses', () => {
    const seeds = [
      ...['deny-all', 'only-frontend-to-backend', 'isolated-database', 'allow-cidr'],
      ...['tenant-isolation', 'microservices', 'segmented-environments'],
    ];
    expect(folders).toEqual(expect.arrayContaining(seeds));
  });

  test.each(folders)('%s says in a sentence what it is about', (name) => {
    expect(sentenceOf(`examples/${name}`)).toMatch(/^[A-Z0-9].{20,160}\.$/);
  });

  test.each(folders)('%s renders to its policies, and they allow just its connections', (name) => {
    const rendered = renderExample(`examples/${name}`);
    for (const [file, text] of Object.entries(rendered)) {
      const path = `examples/${name}/${file}`;
      expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
    }
  });
});
