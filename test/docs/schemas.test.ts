import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'appconn-schemas-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const boutique = [
  ...['-f', 'examples/online-boutique/kubernetes-manifests.yaml'],
  ...['-f', 'examples/online-boutique/upstream-network-policies'],
];

function answer(...args: readonly string[]): unknown {
  const command = ['src/main.ts', ...args, '-o', 'json'];
  const options = { encoding: 'utf8', env: { PATH: process.env.PATH } } as const;
  return JSON.parse(spawnSync(process.execPath, command, options).stdout);
}

/** What is wrong with an answer by the schema; and that one that says more is wrong. */
function problems(name: string, value: unknown): readonly string[] {
  const schema = z.fromJSONSchema(JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8')));
  const other = Array.isArray(value) ? [{ more: 1 }] : { ...(value as object), more: 1 };
  expect(schema.safeParse(other).success).toBe(false);
  return (schema.safeParse(value).error?.issues ?? []).map((issue) => JSON.stringify(issue));
}

describe('What commands print as JSON has the documented shape', () => {
  test('can-reach: a yes, a no, and an unknown party', () => {
    for (const [from, to] of [
      ['deployment/frontend', 'svc/cartservice:7070'],
      ['203.0.113.7', 'deployment/cartservice'],
      ['deployment/frontend', 'svc/nobody'],
    ] as const) {
      expect(problems('can-reach', answer('can-reach', ...boutique, from, to))).toEqual([]);
    }
  });

  test('can-reach with a file of questions', () => {
    const questions = [
      { from: 'deployment/frontend', to: 'svc/cartservice', port: 7070 },
      { from: 'deployment/adservice', to: 'svc/redis-cart', port: 6379, protocol: 'TCP' },
      { from: 'deployment/nobody', to: 'svc/redis-cart' },
    ];
    const path = file('questions.json', JSON.stringify(questions));
    const answers = answer('can-reach', ...boutique, '--queries', path);
    expect(answers).toHaveLength(3);
    expect(problems('can-reach-batch', answers)).toEqual([]);
  });

  test('check: an assertion that holds, one that does not, one that cannot be judged', () => {
    const path = file(
      'tests.yaml',
      `allow:
  - {from: default/deployment/frontend, to: default/svc/cartservice, ports: 7070}
  - {from: default/deployment/adservice, to: default/svc/cartservice, ports: 7070}
deny:
  - {from: default/deployment/nobody, to: default/svc/cartservice}
  - {from: outside, to: "*/*/*"}
`,
    );
    const results = answer('check', path, ...boutique);
    expect(results).toMatchObject({ passed: 1, failed: 2, errors: 1 });
    expect(problems('check', results)).toEqual([]);
  });
});
