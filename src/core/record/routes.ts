import { z } from 'zod';
import type { Backend, Refused, RouteRecord } from '../model/records.ts';
import { apart, type Placed, placed, placedAt, readable, refusedOf } from './apart.ts';
import { refOf } from './metadata.ts';
import { explained } from './parsing.ts';
import { metadata, namespaceName, objectName, portNumber } from './schemas.ts';

/** Of 0 the API server takes no notice. */
const backend = z.object({
  service: z
    .object({
      name: objectName,
      port: z
        .object({
          name: z.string().nullish(),
          number: z.union([z.literal(0), portNumber]).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
const ingressBackend = apart(backend).nullish();

const ingressObject = z.object({
  metadata,
  spec: z
    .object({
      ingressClassName: z.string().nullish(),
      defaultBackend: ingressBackend,
      rules: z
        .array(
          z.object({
            http: z
              .object({ paths: z.array(z.object({ backend: ingressBackend })).nullish() })
              .nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});

/** What a reference of the Gateway API names; what is left out has a default by its place. */
const reference = z.object({
  group: z.string().nullish(),
  kind: z.string().nullish(),
  namespace: z.string().nullish(),
  name: z.string(),
});

type Reference = z.infer<typeof reference>;

/** Other kinds may be called anything: Istio has hosts there. */
function refuseNames({ kind, namespace, name }: Reference, context: z.RefinementCtx): void {
  if (kind != null && kind !== 'Gateway' && kind !== 'Service') return;
  const names = { name: objectName, namespace: namespaceName.nullish() };
  const { error } = z.object(names).safeParse({ name, namespace });
  for (const { path, message } of error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
}

const backendRef = reference.extend({ port: portNumber.nullish() }).superRefine(refuseNames);
/** Of all filters only a mirror leads to another backend: it gets a copy of each request. */
const filters = z
  .array(
    z.object({ requestMirror: z.object({ backendRef: apart(backendRef).nullish() }).nullish() }),
  )
  .nullish();

const routeRule = z.object({
  filters,
  backendRefs: z.array(apart(backendRef.safeExtend({ filters }))).nullish(),
});

const routeObject = z.object({
  metadata,
  spec: z
    .object({
      parentRefs: z.array(apart(reference.superRefine(refuseNames))).nullish(),
      rules: z.array(routeRule).nullish(),
    })
    .nullish(),
});

type IngressBackend = z.infer<typeof backend>;
type IngressSpec = NonNullable<z.infer<typeof ingressObject>['spec']>;

export const gatewayGroup = 'gateway.networking.k8s.io';

/** An Ingress, with the Services of its default backend and of its paths. */
export function readIngress(raw: unknown): RouteRecord {
  const { metadata: own, spec } = ingressObject.parse(raw, explained);
  const ref = refOf(own, 'networking.k8s.io', 'Ingress');
  const className = spec?.ingressClassName || own.annotations?.['kubernetes.io/ingress.class'];
  const all = spec == null ? [] : backendsIn(spec);
  return {
    ...{ kind: 'Route', ref },
    ...(className && { className }),
    gateways: [],
    backends: distinct(readable(all).flatMap((each) => backendOf(each, ref.namespace))),
    ...refusedOf(all),
  };
}

function backendsIn({ defaultBackend, rules }: IngressSpec): Placed<IngressBackend>[] {
  const ofPaths = (rules ?? []).flatMap(({ http }, rule) =>
    (http?.paths ?? []).flatMap(({ backend: value }, index) =>
      placedAt(['spec', 'rules', rule, 'http', 'paths', index, 'backend'], value),
    ),
  );
  return [...placedAt(['spec', 'defaultBackend'], defaultBackend), ...ofPaths];
}

function backendOf({ service }: IngressBackend, namespace: string): Backend[] {
  const { name, port } = service ?? {};
  const meant = port?.number || port?.name;
  return name === undefined || !meant ? [] : [{ namespace, name, port: meant }];
}

/** A reader of routes of the Gateway API of one kind: all have the same references. */
export function routeReader(kind: string): (raw: unknown) => RouteRecord {
  return (raw) => {
    const { metadata: own, spec } = routeObject.parse(raw, explained);
    const ref = refOf(own, gatewayGroup, kind);
    const parents = placed(['spec', 'parentRefs'], spec?.parentRefs);
    const services = (spec?.rules ?? []).flatMap((rule, index) =>
      backendsOf(rule, ['spec', 'rules', index]),
    );
    return {
      ...{ kind: 'Route', ref },
      gateways: distinct(
        readable(parents)
          .filter(isGateway)
          .map(({ namespace, name }) => ({ namespace: namespace ?? ref.namespace, name })),
      ),
      backends: distinct(
        readable(services)
          .filter(isService)
          .flatMap(({ namespace, name, port }): Backend[] =>
            port == null ? [] : [{ namespace: namespace ?? ref.namespace, name, port }],
          ),
      ),
      ...refusedOf([...parents, ...services]),
    };
  };
}

/** The backends of a rule, with those that its filters, and theirs, mirror to. */
function backendsOf(
  { backendRefs, filters: own }: z.infer<typeof routeRule>,
  path: Refused['path'],
): Placed<z.infer<typeof backendRef>>[] {
  const refs = placed([...path, 'backendRefs'], backendRefs);
  const theirs = refs.flatMap(({ path: at, value }) =>
    'read' in value ? mirrorsOf(value.read.filters, at) : [],
  );
  return [...refs, ...mirrorsOf(own, path), ...theirs];
}

function mirrorsOf(
  list: z.infer<typeof filters>,
  path: Refused['path'],
): Placed<z.infer<typeof backendRef>>[] {
  return (list ?? []).flatMap(({ requestMirror }, index) =>
    placedAt([...path, 'filters', index, 'requestMirror', 'backendRef'], requestMirror?.backendRef),
  );
}

function isGateway({ group, kind }: Reference): boolean {
  return (group ?? gatewayGroup) === gatewayGroup && (kind ?? 'Gateway') === 'Gateway';
}

function isService({ group, kind }: Reference): boolean {
  return (group ?? '') === '' && (kind ?? 'Service') === 'Service';
}

/** Without repeats, in the order of their first places. */
export function distinct<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}
