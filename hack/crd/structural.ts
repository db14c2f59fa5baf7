import { z } from 'zod';

/** A node of a JSON schema, or of a structural schema of Kubernetes. */
export type Node = Readonly<Record<string, unknown>>;

/** Keywords that a structural schema has no place for; each needs a decision, not a guess. */
const forbidden = ['$ref', 'definitions', 'allOf', 'oneOf', 'not', 'patternProperties'];

/**
 * The structural schema of a zod schema. Throws, with the place, on what has no structural form.
 * Lists are atomic unless their schema says otherwise: who applies a list owns all of it.
 */
export function toStructural(schema: z.ZodType): Node {
  return convert(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }), '');
}

function convert(node: Node, place: string): Node {
  const wrong = forbidden.find((keyword) => keyword in node);
  if (wrong !== undefined) {
    throw new Error(`${place || 'the root'}: "${wrong}" has no structural form; write a CEL rule`);
  }
  if (Array.isArray(node.anyOf)) return convertUnion(node, place);
  switch (node.type) {
    case 'object':
      return convertObject(node, place);
    case 'array':
      return {
        ...node,
        items: convert(child(node.items, place), `${place}[]`),
        'x-kubernetes-list-type': node['x-kubernetes-list-type'] ?? 'atomic',
      };
    case 'integer':
      return convertInteger(node);
    case 'string':
    case 'boolean':
      return node;
    default:
      throw new Error(`${place || 'the root'}: type "${String(node.type)}" has no structural form`);
  }
}

/**
 * `strictObject` says additionalProperties: false, which is forbidden beside `properties` and
 * needless: the server prunes unknown fields, or refuses them where the client asks for it.
 */
function convertObject(node: Node, place: string): Node {
  const { additionalProperties, properties, ...rest } = node;
  if (isNode(properties)) {
    if (isNode(additionalProperties))
      throw new Error(`${place}: fields or a map, not both at once`);
    const converted = Object.entries(properties).map(([name, property]) => {
      const at = `${place}.${name}`;
      return [name, convert(child(property, at), at)] as const;
    });
    return { ...rest, properties: Object.fromEntries(converted) };
  }
  const values = convert(child(additionalProperties, place), `${place}.*`);
  return { ...rest, additionalProperties: values };
}

/** The one union that Kubernetes has: the bounds of both sides stand side by side. */
function convertUnion({ anyOf, ...rest }: Node, place: string): Node {
  const sides = (anyOf as unknown[]).map((side) => child(side, place));
  const types = sides.map(({ type }) => type).sort();
  if (types.join() !== 'integer,string') {
    throw new Error(`${place}: the only union with a structural form is integer or string`);
  }
  const bounds = sides.map(({ type: _, ...bound }) => bound);
  return { ...rest, ...Object.assign({}, ...bounds), 'x-kubernetes-int-or-string': true };
}

/** zod's bounds of safe integers are no bounds of ours; beyond int32 the format says so. */
function convertInteger(node: Node): Node {
  const { minimum, maximum, ...rest } = node;
  const unbounded = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return {
    ...rest,
    ...(minimum !== Number.MIN_SAFE_INTEGER && minimum !== undefined && { minimum }),
    ...(!unbounded && { maximum }),
    ...(unbounded && { format: 'int64' }),
  };
}

function child(value: unknown, place: string): Node {
  if (isNode(value)) return value;
  throw new Error(`${place || 'the root'}: here a schema is missing (unknown or any?)`);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
