import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { planWorld } from '../../src/cli/plan-report.ts';
import { formatPlanJson } from '../../src/cli/plan-text.ts';
import { defaultSettings } from '../../src/core/model/settings.ts';
import { isRecord, readObject } from '../../src/core/record/read.ts';
import { World } from '../../src/core/world/world.ts';
import { createWorkplace, deployment, policy, type Workplace, web } from '../cli/command.ts';
import { namespace, service, workload } from '../hard-cases/given.ts';

type JsonObject = Readonly<Record<string, unknown>>;

function schemaOf(name: string): z.ZodType {
  return z.fromJSONSchema(JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8')));
}

function problemsOf(name: string, output: unknown): string[] {
  const result = schemaOf(name).safeParse(output);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
}

/** Every object of a schema, with the way to it. */
function objectsOf(schema: unknown, path: string): [string, JsonObject][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([key, value]) =>
    objectsOf(value, `${path}.${key}`),
  );
  return 'properties' in schema && !path.endsWith('.properties')
    ? [[path, schema as JsonObject], ...inner]
    : inner;
}

const shut = policy('shut', 'cart', { ingress: [{ from: [web], ports: [{ port: 80 }] }] });
const shop = deployment('web') + deployment('cart');

let place: Workplace;
beforeAll(() => {
  place = createWorkplace();
  place.write('old.yaml', shop + deployment('gone'));
  place.write('new.yaml', shop + shut);
});
afterAll(() => place.remove());

function answer(...args: readonly string[]): JsonObject {
  return JSON.parse(place.appconn([...args, '-o', 'json']).stdout) as JsonObject;
}

describe('The JSON of', () => {
  test('reach is what its schema says', () => {
    const outputs = [
      answer('reach', '-f', 'new.yaml'),
      answer('reach', '-f', 'new.yaml', '--exposed'),
    ];
    for (const output of outputs) {
      expect(problemsOf('reach', output)).toEqual([]);
      expect(problemsOf('reach', { ...output, version: 2, more: 1 })).toEqual(['version', '']);
      const wrong = { ...output, connections: [{ from: 'a', to: 'b', ports: ['http'] }] };
      expect(problemsOf('reach', wrong)).toEqual(['connections.0.ports.0']);
    }
  });

  test('diff is what its schema says', () => {
    const output = answer('diff', 'old.yaml', 'new.yaml');
    expect(output).toMatchObject({ gone: ['Deployment/shop/gone'], isolation: [{}] });
    expect(problemsOf('diff', output)).toEqual([]);
    expect(problemsOf('diff', { ...output, isolation: [{ name: 'x' }] })).not.toEqual([]);
    expect(problemsOf('diff', { ...output, connections: {} })).not.toEqual([]);
  });

  test('run --plan is what its schema says', () => {
    const world = new World(defaultSettings);
    const objects = [
      namespace('shop'),
      workload('shop/web', { talksTo: 'cart' }),
      workload('shop/wrong', { talksTo: 'not valid!' }),
      workload('shop/cart', { ports: [8080] }),
      service('shop/cart', { ports: ['80:8080'] }),
    ];
    for (const object of objects) {
      const record = readObject(object.apiVersion, object.kind, object);
      if (record !== undefined && isRecord(record)) world.put(record);
    }
    const output = JSON.parse(formatPlanJson(planWorld(world)));
    expect(output.policies).not.toEqual([]);
    expect(output.findings).not.toEqual([]);
    expect(output.connections.lost.listed).not.toEqual([]);
    expect(problemsOf('plan', output)).toEqual([]);
    expect(problemsOf('plan', { ...output, policies: [{ name: 'x' }] })).not.toEqual([]);
  });

  test.each(['reach', 'diff', 'plan'])('%s has no field that its schema leaves open', (name) => {
    const schema = JSON.parse(readFileSync(`docs/schemas/${name}.json`, 'utf8'));
    const open = objectsOf(schema, name).filter(([, each]) => each.additionalProperties !== false);
    expect(open.map(([path]) => path)).toEqual([]);
  });
});
