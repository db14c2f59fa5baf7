import { z } from 'zod';
import type { ClassRecord, GatewayRecord, GrantRecord } from '../model/records.ts';
import { apart, placed, readable, refusedOf } from './apart.ts';
import { refOf } from './metadata.ts';
import { explained } from './parsing.ts';
import { metadata, namespaceName, objectName } from './schemas.ts';

const gatewayObject = z.object({ metadata, spec: z.object({ gatewayClassName: objectName }) });
const gatewayClassObject = z.object({ metadata, spec: z.object({ controllerName: z.string() }) });
const ingressClassObject = z.object({
  metadata,
  spec: z.object({ controller: z.string().nullish() }).nullish(),
});

const grantObject = z.object({
  metadata,
  spec: z.object({
    from: z.array(
      apart(z.object({ group: z.string(), kind: z.string(), namespace: namespaceName })),
    ),
    // A name that is there but none must not come to mean all of them.
    to: z.array(
      apart(z.object({ group: z.string(), kind: z.string(), name: objectName.nullish() })),
    ),
  }),
});

export function readGateway(raw: unknown): GatewayRecord {
  const { metadata: own, spec } = gatewayObject.parse(raw, explained);
  const { namespace, name } = refOf(own, '', 'Gateway');
  return { kind: 'Gateway', namespace, name, className: spec.gatewayClassName };
}

export function readGatewayClass(raw: unknown): ClassRecord {
  const { metadata: own, spec } = gatewayClassObject.parse(raw, explained);
  return {
    ...{ kind: 'Class', of: 'GatewayClass', name: own.name },
    ...{ controller: spec.controllerName, isDefault: false },
  };
}

export function readIngressClass(raw: unknown): ClassRecord {
  const { metadata: own, spec } = ingressClassObject.parse(raw, explained);
  const isDefault = own.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true';
  return {
    ...{ kind: 'Class', of: 'IngressClass', name: own.name },
    ...{ controller: spec?.controller ?? '', isDefault },
  };
}

/** What a ReferenceGrant says of Services. */
export function readGrant(raw: unknown): GrantRecord {
  const { metadata: own, spec } = grantObject.parse(raw, explained);
  const { namespace, name } = refOf(own, '', 'ReferenceGrant');
  const [from, to] = [placed(['spec', 'from'], spec.from), placed(['spec', 'to'], spec.to)];
  const services = readable(to).filter(({ group, kind }) => group === '' && kind === 'Service');
  return {
    ...{ kind: 'ReferenceGrant', namespace, name },
    from: readable(from).map(({ group, kind, namespace: of }) => ({ group, kind, namespace: of })),
    to: services.map(({ name: of }) => of ?? undefined),
    ...refusedOf([...from, ...to]),
  };
}
