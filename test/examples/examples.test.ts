import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { renderExample } from './example.ts';

const folders = readdirSync('examples').filter((name) => existsSync(`examples/${name}/input.yaml`));

describe('Examples', () => {
  test('there are the four first wishes, isolation and microservices', () => {
    expect(folders.sort()).toEqual([
      ...['allow-cidr', 'deny-all', 'isolated-database', 'microservices'],
      ...['only-frontend-to-backend', 'tenant-isolation'],
    ]);
  });

  test.each(folders)('%s renders to its policies, and they allow just its connections', (name) => {
    const rendered = renderExample(`examples/${name}`);
    expect(rendered.policies).toBe(readFileSync(`examples/${name}/policies.yaml`, 'utf8'));
    expect(rendered.connections).toBe(readFileSync(`examples/${name}/connections.txt`, 'utf8'));
    expect(rendered.exitCode).toBe(0);
  });
});
