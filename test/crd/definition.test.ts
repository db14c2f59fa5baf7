import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { run } from '../../hack/control-plane/run.ts';
import { writeDefinition } from '../../hack/crd/definition.ts';
import { type Node, toStructural } from '../../hack/crd/structural.ts';
import { specSchema } from '../../src/core/intent/schema.ts';
import { statusSchema } from '../../src/core/status/schema.ts';
import { definitionFile } from './server.ts';

describe('the CRD', () => {
  test('is what the zod schema says; else run "node hack/crd/generate.ts"', async () => {
    expect(await readFile(definitionFile, 'utf8')).toBe(writeDefinition());
    const kustomized = new URL('../../config/crd/', import.meta.url);
    const copy = new URL('appconnectivity.dev_appconnectivities.yaml', kustomized);
    expect(await readFile(copy, 'utf8')).toBe(writeDefinition());
  });

  test('can be checked from the command line', async () => {
    const script = fileURLToPath(new URL('../../hack/crd/generate.ts', import.meta.url));
    const { code, stderr } = await run(process.execPath, [script, '--check']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.each([
    ['spec', specSchema],
    ['status', statusSchema],
  ])('bounds every string, list and map of %s', (_, schema) => {
    expect(listUnbounded(toStructural(schema), '')).toEqual([]);
  });
});

describe('a zod schema without a structural form is refused with its place', () => {
  test.each<[string, z.ZodType, string]>([
    ['a union', z.object({ a: z.union([z.string(), z.boolean()]) }), '.a: the only union'],
    ['unknown', z.object({ a: z.array(z.unknown()) }), '.a[]: type "undefined"'],
    ['a tuple', z.object({ a: z.tuple([z.string(), z.boolean()]) }), '.a[]: the only'],
    ['a loose object', z.object({ a: z.looseObject({}) }), '.a: fields or a map'],
  ])('%s', (_, schema, message) => {
    expect(() => toStructural(schema)).toThrow(message);
  });

  test('a number or a name becomes int-or-string with the bounds of both', () => {
    const schema = z.union([z.int().min(1).max(9), z.string().max(3).regex(/^a/)]);
    expect(toStructural(schema)).toEqual({
      'x-kubernetes-int-or-string': true,
      minimum: 1,
      maximum: 9,
      maxLength: 3,
      pattern: '^a',
    });
  });
});

/** The places of what the API server must take for as long as a request can be. */
function listUnbounded(node: Node, place: string): string[] {
  const { type, items, properties, additionalProperties } = node;
  const bounded =
    (type !== 'string' || ['maxLength', 'enum', 'format'].some((bound) => bound in node)) &&
    (type !== 'array' || 'maxItems' in node) &&
    (additionalProperties === undefined || 'maxProperties' in node);
  const children = { '[]': items, '.*': additionalProperties, ...(properties as object) };
  return [
    ...(bounded ? [] : [place]),
    ...Object.entries(children).flatMap(([name, child]) =>
      child === undefined ? [] : listUnbounded(child as Node, `${place}.${name}`),
    ),
  ];
}
