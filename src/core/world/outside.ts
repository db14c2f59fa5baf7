import { keyOf, type ObjectRef } from '../model/identity.ts';
import { byName, compareText } from '../model/labels.ts';
import type {
  AddressesRecord,
  ApiServerRecord,
  ClassRecord,
  GatewayRecord,
  GrantRecord,
  MonitorRecord,
  OutsideRecord,
  RouteRecord,
  WebhookRecord,
} from '../model/records.ts';
import { addTo, removeFrom } from './sets.ts';

/** The kinds of these records. */
const kinds: ReadonlySet<string> = new Set<OutsideRecord['kind']>([
  ...(['Route', 'Gateway', 'Class', 'ReferenceGrant'] as const),
  ...(['Monitor', 'Webhook', 'APIServer', 'Addresses'] as const),
]);

export function isOutside(record: { readonly kind: string }): record is OutsideRecord {
  return kinds.has(record.kind);
}

/** What the addresses of the API server that are in grace are learnt as (`AddressesRecord.of`). */
export const apiServer = '@kube-apiserver';

/**
 * What stands beside the namespaces' own words and tells who has to reach whom, indexed for the
 * questions of the allowances and parties. Answers with several records are in one order, whatever
 * order they came in.
 */
export class Outside {
  readonly #routes = new Map<string, RouteRecord>();
  readonly #routesTo = new Map<string, Set<RouteRecord>>();
  readonly #routesThrough = new Map<string, Set<RouteRecord>>();
  readonly #gateways = new Map<string, GatewayRecord>();
  readonly #gatewaysIn = new Map<string, Set<GatewayRecord>>();
  readonly #classes = new Map<string, ClassRecord>();
  readonly #grants = new Map<string, GrantRecord>();
  readonly #grantsIn = new Map<string, Set<GrantRecord>>();
  readonly #monitors = new Map<string, MonitorRecord>();
  readonly #monitorsOf = new Map<string, Set<MonitorRecord>>();
  readonly #webhooks = new Map<string, WebhookRecord>();
  readonly #webhooksOf = new Map<string, Set<WebhookRecord>>();
  readonly #slices = new Map<string, ApiServerRecord>();
  readonly #addresses = new Map<string, AddressesRecord>();

  /** Nothing is allowed anyone because of what is in here. */
  get allowsNobody(): boolean {
    return this.#routes.size + this.#monitors.size + this.#webhooks.size === 0;
  }

  /** The record of the same identity. */
  find(record: OutsideRecord): OutsideRecord | undefined {
    return this.#placeOf(record).get(identityOf(record));
  }

  /** Adds a record, of whose identity there is none, or removes the one that was found. */
  set(record: OutsideRecord, present: boolean): void {
    const place: Map<string, OutsideRecord> = this.#placeOf(record);
    if (present) place.set(identityOf(record), record);
    else place.delete(identityOf(record));
    this.#index(record, present ? addTo : removeFrom);
  }

  routes(): Iterable<RouteRecord> {
    return this.#routes.values();
  }

  /** The routes with a backend that is this Service. */
  routesTo(namespace: string, service: string): RouteRecord[] {
    return byRef(this.#routesTo.get(`${namespace}/${service}`));
  }

  routesThrough({ namespace, name }: Pick<GatewayRecord, 'namespace' | 'name'>): RouteRecord[] {
    return byRef(this.#routesThrough.get(`${namespace}/${name}`));
  }

  gateway(namespace: string, name: string): GatewayRecord | undefined {
    return this.#gateways.get(`${namespace}/${name}`);
  }

  gatewaysIn(namespace: string): GatewayRecord[] {
    return byName([...(this.#gatewaysIn.get(namespace) ?? [])]);
  }

  gatewayClass(name: string): ClassRecord | undefined {
    return this.#classes.get(`GatewayClass/${name}`);
  }

  /** The IngressClass of this name; those that are the default, for an Ingress that names none. */
  ingressClasses(name: string | undefined): ClassRecord[] {
    if (name !== undefined) {
      const named = this.#classes.get(`IngressClass/${name}`);
      return named === undefined ? [] : [named];
    }
    const all = [...this.#classes.values()];
    return byName(all.filter((each) => each.of === 'IngressClass' && each.isDefault));
  }

  /** Whether a namespace lets routes like this one lead to a Service of its own. */
  isGranted({ ref }: RouteRecord, namespace: string, service: string): boolean {
    const grants = this.#grantsIn.get(namespace) ?? [];
    return [...grants].some(
      ({ from, to }) =>
        to.some((name) => name === undefined || name === service) &&
        from.some(
          (each) =>
            each.group === ref.group && each.kind === ref.kind && each.namespace === ref.namespace,
        ),
    );
  }

  /** The monitors that live in a namespace. */
  monitorsOf(namespace: string): MonitorRecord[] {
    return byRef(this.#monitorsOf.get(namespace));
  }

  webhooks(): Iterable<WebhookRecord> {
    return this.#webhooks.values();
  }

  /** The webhooks that are served by this Service. */
  webhooksOf(namespace: string, service: string): WebhookRecord[] {
    return byRef(this.#webhooksOf.get(`${namespace}/${service}`));
  }

  learnt(): Iterable<AddressesRecord> {
    return this.#addresses.values();
  }

  /** What was learnt of a host, or of the API server. */
  learntOf(name: string): AddressesRecord | undefined {
    return this.#addresses.get(name);
  }

  /** The known addresses of a host. */
  addressesOf(host: string): readonly string[] {
    return this.learntOf(host)?.addresses ?? [];
  }

  /** The addresses at which the API server is dialled now. */
  dialled(): string[] {
    return [...this.#slices.values()].flatMap(({ addresses }) => addresses);
  }

  /** The addresses at which the API server is dialled, and those that it left a while ago. */
  apiServerAddresses(): string[] {
    return [...new Set([...this.dialled(), ...this.addressesOf(apiServer)])].sort(compareText);
  }

  /** The ports at which the API server is dialled: those of its slices, else those that it had. */
  apiServerPorts(): ApiServerRecord['ports'] {
    const dialled = this.dialledPorts();
    return dialled.length > 0 ? dialled : (this.learntOf(apiServer)?.ports ?? []);
  }

  /** The ports that its slices tell of now. */
  dialledPorts(): ApiServerRecord['ports'] {
    const slices = [...this.#slices.values()];
    const ports = slices.flatMap((slice) => slice.ports);
    const each = new Map(ports.map((port) => [`${port.protocol}/${port.port}`, port]));
    return [...each].sort(([a], [b]) => compareText(a, b)).map(([, port]) => port);
  }

  #placeOf({ kind }: OutsideRecord): Map<string, OutsideRecord> {
    const places: Readonly<Record<OutsideRecord['kind'], unknown>> = {
      Route: this.#routes,
      Gateway: this.#gateways,
      Class: this.#classes,
      ReferenceGrant: this.#grants,
      Monitor: this.#monitors,
      Webhook: this.#webhooks,
      APIServer: this.#slices,
      Addresses: this.#addresses,
    };
    return places[kind] as Map<string, OutsideRecord>;
  }

  #index(record: OutsideRecord, change: typeof addTo): void {
    switch (record.kind) {
      case 'Route':
        for (const { namespace, name } of record.backends) {
          change(this.#routesTo, `${namespace}/${name}`, record);
        }
        for (const { namespace, name } of record.gateways) {
          change(this.#routesThrough, `${namespace}/${name}`, record);
        }
        break;
      case 'Gateway':
        change(this.#gatewaysIn, record.namespace, record);
        break;
      case 'ReferenceGrant':
        change(this.#grantsIn, record.namespace, record);
        break;
      case 'Monitor':
        change(this.#monitorsOf, record.ref.namespace, record);
        break;
      case 'Webhook':
        for (const { namespace, name } of record.services) {
          change(this.#webhooksOf, `${namespace}/${name}`, record);
        }
    }
  }
}

/** What tells the records of one kind apart. */
export function identityOf(record: OutsideRecord): string {
  switch (record.kind) {
    case 'Route':
    case 'Monitor':
    case 'Webhook':
      return `${record.ref.group}/${keyOf(record.ref)}`;
    case 'Class':
      return `${record.of}/${record.name}`;
    case 'Gateway':
    case 'ReferenceGrant':
      return `${record.namespace}/${record.name}`;
    case 'APIServer':
      return record.name;
    case 'Addresses':
      return record.of;
  }
}

function byRef<R extends { readonly ref: ObjectRef }>(records: Iterable<R> | undefined): R[] {
  if (records === undefined) return [];
  const keyed = Array.from(records, (record) => [keyOf(record.ref), record] as const);
  return keyed.sort(([a], [b]) => compareText(a, b)).map(([, record]) => record);
}
