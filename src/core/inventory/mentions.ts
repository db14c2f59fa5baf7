import type { FieldPath } from './items.ts';

/** A text that names a Service, in a pod template or a ConfigMap that it reads. */
export interface Mention {
  readonly service: string;
  readonly namespace: string;
  /** What names it: the variable, `args`, or the key of a ConfigMap. */
  readonly by: string;
  /** The ConfigMap that holds the text; undefined: the object itself. */
  readonly configMap: string | undefined;
  /** Where the text stands in that object. */
  readonly path: FieldPath;
}

/** A text, and where it stands. */
interface PlacedText extends Pick<Mention, 'by' | 'configMap' | 'path'> {
  readonly text: string;
}

type Fields = Readonly<Record<string, unknown>>;

const container = /^(spec|template|jobTemplate|containers|initContainers)$/;

/**
 * The Services that a workload's environment, arguments and ConfigMaps name, each once: a host
 * before a port, after a scheme, or alone (`redis:6379`, `http://api.billing/v1`, `postgres`). In:
 * the object, the data of the ConfigMaps of its namespace by name, and whether there is a Service.
 */
export function mentionsIn(
  object: Fields,
  own: string,
  configMaps: ReadonlyMap<string, Fields>,
  isService: (namespace: string, name: string) => boolean,
): Mention[] {
  const found = new Map<string, Mention>();
  for (const { text, ...place } of textsOf(object, configMaps)) {
    for (const host of hostsIn(text)) {
      const named = serviceOf(host, own, isService);
      if (named === undefined) continue;
      const key = `${named.namespace}/${named.service}`;
      if (!found.has(key)) found.set(key, { ...named, ...place });
    }
  }
  return [...found.values()];
}

/** `service[.namespace[.svc…]]`, or with the name of a pod of a headless Service before it. */
function serviceOf(
  host: string,
  own: string,
  isService: (namespace: string, name: string) => boolean,
): Pick<Mention, 'service' | 'namespace'> | undefined {
  const labels = host.split('.');
  for (const [service = '', namespace = own, ...rest] of [labels, labels.slice(1)]) {
    if (rest.length > 0 && rest[0] !== 'svc') continue;
    if (isService(namespace, service)) return { service, namespace };
  }
  return undefined;
}

/** The names in a text that stand where a host would. */
function hostsIn(text: string): string[] {
  const name = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?';
  const inside = new RegExp(
    `(?:://(?:[^/@\\s]*@)?|(?<![a-z0-9./-]))(${name})(?=:\\d|[/,;"'\\s]|$)`,
    'gi',
  );
  const hosts = [...text.matchAll(inside)].flatMap((match) => {
    const [whole, host = ''] = match;
    const next = text[match.index + whole.length];
    return whole.startsWith('://') || next === ':' || whole === text ? [host] : [];
  });
  return hosts.map((host) => host.toLowerCase());
}

function textsOf(object: Fields, configMaps: ReadonlyMap<string, Fields>): PlacedText[] {
  return [...textsOfContainers(object, configMaps), ...textsOfVolumes(object, configMaps)];
}

function textsOfVolumes(object: Fields, configMaps: ReadonlyMap<string, Fields>): PlacedText[] {
  return volumesOf(object).flatMap((volume) => {
    const { name } = ((volume as Fields).configMap ?? {}) as Fields;
    return textsOfMap(String(name), configMaps);
  });
}

/** Every text of a ConfigMap, a line at a time: files hold many hosts. */
function textsOfMap(name: string, configMaps: ReadonlyMap<string, Fields>): PlacedText[] {
  return Object.entries(configMaps.get(name) ?? {}).flatMap(([key, text]) =>
    typeof text === 'string'
      ? text.split('\n').map((line) => ({
          ...{ text: line.trim(), by: key, configMap: name, path: ['data', key] },
        }))
      : [],
  );
}

function textsOfContainers(object: Fields, configMaps: ReadonlyMap<string, Fields>): PlacedText[] {
  return containersOf(object, []).flatMap(([fields, path]) => [
    ...environmentOf(fields, path, configMaps),
    ...['args', 'command'].flatMap((field) =>
      listOf(fields[field]).flatMap((text, index) =>
        typeof text === 'string'
          ? [{ text, by: field, configMap: undefined, path: [...path, field, index] }]
          : [],
      ),
    ),
  ]);
}

function environmentOf(
  fields: Fields,
  path: FieldPath,
  configMaps: ReadonlyMap<string, Fields>,
): PlacedText[] {
  const direct = listOf(fields.env).flatMap((each, index): PlacedText[] => {
    const { name = '', value, valueFrom } = each as Fields;
    const by = String(name);
    if (typeof value === 'string') {
      return [{ text: value, by, configMap: undefined, path: [...path, 'env', index, 'value'] }];
    }
    const { name: map, key } = ((valueFrom as Fields | undefined)?.configMapKeyRef ?? {}) as Fields;
    const text = configMaps.get(String(map))?.[String(key)];
    return typeof text === 'string'
      ? [{ text, by, configMap: String(map), path: ['data', String(key)] }]
      : [];
  });
  const whole = listOf(fields.envFrom).flatMap((each): PlacedText[] => {
    const { name } = ((each as Fields).configMapRef ?? {}) as Fields;
    return textsOfMap(String(name), configMaps);
  });
  return [...direct, ...whole];
}

/** The volumes of a pod template below an object. */
function volumesOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (key === 'volumes') return listOf(child);
    return container.test(key) && !Array.isArray(child) ? volumesOf(child) : [];
  });
}

/** Every container below an object, and the way to it. */
function containersOf(value: unknown, path: FieldPath): [Fields, FieldPath][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (!container.test(key)) return [];
    const here = [...path, key];
    if (!Array.isArray(child)) return containersOf(child, here);
    return child.map((each, index): [Fields, FieldPath] => [
      (each ?? {}) as Fields,
      [...here, index],
    ]);
  });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.filter((each) => each !== null) : [];
}
