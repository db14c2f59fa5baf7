import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { compileAll } from '../../src/core/compile/compile.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { isRecord, readObject } from '../../src/core/record/read.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, service, workload } from '../hard-cases/given.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

test('the policy in the README is the one that its Deployment gives', () => {
  const blocks = readFileSync('README.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g);
  const [deployment, policy] = [...blocks].map(([, text = '']) => parse(text) as Manifest);
  if (deployment === undefined || policy === undefined)
    throw new Error('the README lost its example');
  const template = { metadata: { labels: { app: 'frontend' } } };
  const manifests = [
    namespace('shop'),
    { ...deployment, spec: { ...deployment.spec, template } },
    workload('shop/cart', { ports: [7070] }),
    service('shop/cart', { ports: ['80:7070'] }),
  ];
  const world = new World(defaultSettings);
  for (const manifest of manifests) {
    const record = readObject(manifest.apiVersion, manifest.kind, manifest);
    if (isRecord(record)) world.put(record);
  }
  const rendered = compileAll(world).flatMap(({ policies }) => policies);
  expect(rendered.map(({ metadata, spec }) => ({ name: metadata.name, spec }))).toEqual([
    { name: policy.metadata.name, spec: policy.spec },
  ]);
});
