import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { monitorsFrom } from '../../../src/core/intent/keys.ts';

/** An example, in namespaces of its own. */
export interface Example {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly objects: readonly Manifest[];
  /** What the operator's configuration file says for it. */
  readonly settings: Settings;
}

/** As it stands in a file, with whatever else it says. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface Settings {
  readonly parties?: Readonly<Record<string, readonly unknown[]>>;
  readonly environments?: { readonly sharedNamespaces: readonly string[] };
}

/** Objects of which the rig has its own. */
const ofTheRig: ReadonlySet<string> = new Set([
  'ServiceCIDR kubernetes',
  'EndpointSlice kubernetes',
  'Service kubernetes',
]);
/** Namespaces that the operator knows by their names. */
const known: ReadonlySet<string> = new Set(['kube-system', 'openshift-dns']);

/** The examples that are one file; each says what it is about by its folder. */
export function readExamples(): Example[] {
  const folders = readdirSync('examples').filter((name) =>
    statSync(`examples/${name}`).isDirectory(),
  );
  return folders.filter((name) => name !== 'online-boutique').map(readExample);
}

export function readExample(name: string): Example {
  const settings = `examples/${name}/settings.yaml`;
  return apart(
    name,
    readFileSync(`examples/${name}/input.yaml`, 'utf8'),
    existsSync(settings) ? (parse(readFileSync(settings, 'utf8')) as Settings) : {},
  );
}

/** Many examples have the same namespaces: each gets its own, wherever one is named. */
function apart(name: string, yaml: string, settings: Settings): Example {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
  const own = objects
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name);
  const to = (each: string) => (own.includes(each) && !known.has(each) ? `${name}-${each}` : each);
  const { environments } = settings;
  return {
    ...{ name, namespaces: own.map(to) },
    objects: objects
      .filter(({ kind, metadata }) => !ofTheRig.has(`${kind} ${metadata.name}`))
      .map((object) => fitting(move(object, own, to))),
    settings: {
      ...move(settings, own, to),
      ...(environments !== undefined && {
        environments: { ...environments, sharedNamespaces: environments.sharedNamespaces.map(to) },
      }),
    },
  };
}

/** The parties of all of them; a stage has either one example with environments, or those without. */
export function settingsOfAll(examples: readonly Example[]): Settings {
  const lists = examples.flatMap(({ settings }) => Object.entries(settings.parties ?? {}));
  const kinds = [...new Set(lists.map(([kind]) => kind))];
  const partiesOf = (kind: string) =>
    lists.flatMap(([each, parties]) => (each === kind ? parties : []));
  return { parties: Object.fromEntries(kinds.map((kind) => [kind, partiesOf(kind)])) };
}

type Move = (name: string) => string;

function move<T extends object>(object: T, own: readonly string[], to: Move): T {
  const others = new RegExp(`(\\.|\\bns/)(${own.join('|')})(?=$|[:,\\s])`, 'g');
  const moved = JSON.parse(
    JSON.stringify(object, (key, value: unknown) => {
      if (typeof value !== 'string') return value;
      if (key === 'namespace') return to(value);
      if (key === monitorsFrom)
        return value
          .split(',')
          .map((each) => to(each.trim()))
          .join(', ');
      return value.replaceAll(others, (_, before: string, each: string) => `${before}${to(each)}`);
    }),
  ) as T;
  if (!isNamespace(moved)) return moved;
  return { ...moved, metadata: { ...moved.metadata, name: to(moved.metadata.name) } };
}

function isNamespace(object: object): object is Manifest {
  return 'kind' in object && object.kind === 'Namespace';
}

/** As this cluster takes it: addresses of Services are its own. */
function fitting(object: Manifest): Manifest {
  const { kind, spec = {} } = object;
  if (kind !== 'Service' || spec.clusterIP === 'None') return object;
  const { clusterIP: _, ...rest } = spec;
  return { ...object, spec: rest };
}
