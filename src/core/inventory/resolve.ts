import { quote } from '../intent/explain.ts';
import { suggest } from '../intent/keys.ts';
import { type Protocol, protocols } from '../model/policy.ts';
import type { ServicePort, ServiceRecord } from '../model/records.ts';
import { parseAddress } from '../reach/addresses.ts';
import type { Party } from '../reach/party.ts';
import { type Inventory, kindOfUnit, nameOfUnit, type Unit } from './inventory.ts';
import { type PartyName, type PortName, readParty, type Unknown } from './question.ts';

/** Ports that are asked for on one destination. */
export type Asked =
  | { readonly port: number; readonly protocol: Protocol }
  | { readonly every: readonly Protocol[] };

/** One end of a connection, and how it is called. */
export interface End {
  readonly name: string;
  readonly party: Party;
  /** The pod or workload; undefined for an address outside. */
  readonly unit?: Unit;
  /** The one of several addresses of the pod that is meant. */
  readonly address?: string;
}

/** Something that a destination has to grant: to reach one of several ends on a port. */
export interface Demand {
  readonly ends: readonly (End & { readonly asked: Asked })[];
  /** The Service port, where one is translated. */
  readonly servicePort?: ServicePort;
}

/** Who is meant by a name. */
export type Meant =
  | { readonly type: 'address'; readonly address: string }
  | {
      readonly type: 'unit';
      readonly unit: Unit;
      /** The one of several addresses that was asked about; undefined: all that it has. */
      readonly address?: string;
    }
  | {
      readonly type: 'service';
      readonly service: ServiceRecord;
      /** The one of its addresses that was asked about. */
      readonly address?: string;
    };

type MeantUnit = Extract<Meant, { type: 'unit' }>;

/** Why a Service grants nothing, whatever policies say. */
export type Lacking =
  | { readonly code: 'NobodyBehind'; readonly service: ServiceRecord }
  | { readonly code: 'NoSuchPort'; readonly service: ServiceRecord; readonly port: PortName }
  | { readonly code: 'NoEndpoint'; readonly service: ServiceRecord; readonly port: ServicePort };

/** What a destination has to grant: all of the demands, or why it cannot. */
export type Demands = { readonly demands: readonly Demand[] } | { readonly lacking: Lacking };

/**
 * Looks a party up. An address that a pod has is that pod, and one that a Service has is that
 * Service; any other is an address outside.
 */
export function find(inventory: Inventory, text: string, namespace: string): Meant | Unknown {
  if (text.includes('*')) {
    const error = `${quote(text)} is a pattern, and one party is asked about here; reach and check take patterns`;
    return { error };
  }
  const name = readParty(text, namespace, inventory.kinds);
  if ('error' in name) return name;
  if (name.type === 'address') {
    const there = inventory.at(name.address);
    if (there === undefined) return name;
    if (there.kind === 'Service') {
      return { type: 'service', service: there, address: name.address };
    }
    const isOneOf = there.kind === 'Pod' && there.addresses.length > 1;
    return { type: 'unit', unit: there, ...(isOneOf && { address: name.address }) };
  }
  const found = candidates(inventory, name);
  const [only] = found;
  if (only === undefined) return notFound(inventory, name, text);
  if (found.length === 1) return only;
  const ways = found.map((each) => `${name.namespace}/${kindOf(each)}/${name.name}`);
  return { error: `${quote(text)} may be ${ways.join(' or ')}; write one of them` };
}

function candidates(
  inventory: Inventory,
  { namespace, kind, name }: Extract<PartyName, { type: 'object' }>,
): Meant[] {
  const service = inventory.service(namespace, name);
  const services: Meant[] =
    service === undefined || (kind !== undefined && kind !== 'service')
      ? []
      : [{ type: 'service', service }];
  const units = inventory
    .unitsIn(namespace)
    .filter((unit) => unit.name === name)
    .filter((unit) => kind === undefined || kindOfUnit(unit).toLowerCase() === kind);
  return [...services, ...units.map((unit): Meant => ({ type: 'unit', unit }))];
}

function kindOf(meant: Meant): string {
  if (meant.type === 'unit') return kindOfUnit(meant.unit).toLowerCase();
  return meant.type === 'service' ? 'svc' : 'address';
}

function notFound(
  inventory: Inventory,
  party: Extract<PartyName, { type: 'object' }>,
  text: string,
): Unknown {
  const strange = strangeParty(inventory, text, party.name);
  if (strange !== undefined) return { error: strange };
  return { error: `${quote(text)} is not in the input${remedyFor(party, inventory.names)}` };
}

/** Which of these `namespace/kind/name` somebody may have meant who named none of them. */
export function remedyFor(
  { namespace, kind, name }: Extract<PartyName, { type: 'object' }>,
  all: readonly string[],
): string {
  const own = all.filter((each) => each.startsWith(`${namespace}/`));
  const short = kind === 'service' ? 'svc' : (kind ?? '');
  const meant =
    own.find((each) => each.endsWith(`/${name}`)) ??
    all.find((each) => each.endsWith(`${kind === undefined ? '' : `/${short}`}/${name}`)) ??
    suggest(`${namespace}/${short}/${name}`, own.length > 0 ? own : all);
  return meant === '' ? '' : `; did you mean ${meant}?`;
}

/** What somebody means who names nobody that a cluster can have. */
function strangeParty(inventory: Inventory, text: string, name: string): string | undefined {
  if (/^outside$/i.test(text))
    return 'outside has many addresses; ask about one, such as 203.0.113.7';
  if (/^[\d.]+$/.test(text)) return `${quote(text)} is no address`;
  const [own = '', namespace = ''] = name.split('.');
  const meant = inventory.names.find(
    (each) => each.startsWith(`${namespace}/`) && each.endsWith(`/${own}`),
  );
  if (meant !== undefined) return `${quote(text)} is not in the input; did you mean ${meant}?`;
  if (!/\.[a-z]{2,}$/i.test(name)) return undefined;
  return `${quote(text)} is not in the input; policies know no names outside of the cluster, ask about an address`;
}

/** The ends that a party opens connections from: those of a Service are its pods. */
export function sendersOf(inventory: Inventory, meant: Meant): readonly End[] | Unknown {
  if (meant.type !== 'service') return [endOf(inventory, meant)];
  const refused = unselectable(meant.service);
  if (refused !== undefined) return refused;
  const units = inventory.behind(meant.service);
  if (units.length > 0) return units.map((unit) => endOf(inventory, { type: 'unit', unit }));
  return {
    error: `no pod or workload is behind ${nameOf(meant)}, so that nobody opens connections from there`,
  };
}

/** What has to be granted for a party to be reached on a port; every port where none is given. */
export function demandsOf(inventory: Inventory, meant: Meant, port: PortName): Demands | Unknown {
  if (meant.type === 'service') return demandsOfService(inventory, meant, port);
  if (typeof port.port !== 'string') {
    return { demands: [{ ends: [{ ...endOf(inventory, meant), asked: askedOf(port) }] }] };
  }
  if (meant.type === 'address') {
    return { error: `an address has no port names; write the number of ${quote(port.port)}` };
  }
  const { unit } = meant;
  const named = portsNamed(unit, port.port, port.protocol);
  if (named.length === 0) {
    const known = [...new Set(unit.ports.flatMap(({ name }) => name ?? []))];
    const list = known.length === 0 ? 'it names none' : `it has ${known.join(', ')}`;
    return { error: `${nameOf(meant)} has no container port named ${quote(port.port)}; ${list}` };
  }
  return { demands: named.map((asked) => ({ ends: [{ ...endOf(inventory, meant), asked }] })) };
}

function demandsOfService(
  inventory: Inventory,
  { service, address }: Extract<Meant, { type: 'service' }>,
  port: PortName,
): Demands | Unknown {
  const refused = unselectable(service);
  if (refused !== undefined) return refused;
  const units = inventory.behind(service);
  if (units.length === 0) return { lacking: { code: 'NobodyBehind', service } };
  // Nobody translates a number for a headless Service: its name stands for the pods themselves. Its
  // ports by name, and all of them, are those of its endpoints.
  const isBare = port.port === undefined && service.ports.length === 0;
  if (service.headless && (typeof port.port === 'number' || isBare)) {
    const asked = askedOf(port);
    return {
      demands: [
        { ends: units.map((unit) => ({ ...endOf(inventory, { type: 'unit', unit }), asked })) },
      ],
    };
  }
  const ports = service.ports.filter((each) => isMeant(each, port));
  if (ports.length === 0) return { lacking: { code: 'NoSuchPort', service, port } };
  const own = address === undefined ? service.clusterIPs : [address];
  const reachable = units.map((unit) => reached(unit, own));
  const demands = ports.map((each) => translated(inventory, reachable, each));
  const dead = demands.find(({ ends }) => ends.length === 0)?.servicePort;
  return dead === undefined
    ? { demands }
    : { lacking: { code: 'NoEndpoint', service, port: dead } };
}

function isMeant(each: ServicePort, { port, protocol }: PortName): boolean {
  if (port === undefined) return protocol === undefined || each.protocol === protocol;
  if (typeof port === 'number') return each.port === port && each.protocol === (protocol ?? 'TCP');
  return each.name === port && (protocol === undefined || each.protocol === protocol);
}

/** A named targetPort is looked up on every pod; one that lacks it is no endpoint of that port. */
function translated(
  inventory: Inventory,
  reachable: readonly MeantUnit[],
  servicePort: ServicePort,
): Required<Demand> {
  const { targetPort, protocol } = servicePort;
  const ends = reachable.flatMap((meant) => {
    const asked =
      typeof targetPort === 'number'
        ? [{ port: targetPort, protocol }]
        : portsNamed(meant.unit, targetPort, protocol).slice(0, 1);
    return asked.map((each) => ({ ...endOf(inventory, meant), asked: each }));
  });
  return { ends, servicePort };
}

/**
 * A pod, by the one of its addresses that is of a family in which the Service has addresses of its
 * own: its packets arrive over those. All of the pod where there are several, or none is known.
 */
function reached(unit: Unit, own: readonly string[]): MeantUnit {
  if (unit.kind !== 'Pod' || unit.addresses.length < 2) return { type: 'unit', unit };
  const families = new Set(own.map(familyOf));
  const [address, another] = unit.addresses.filter((each) => families.has(familyOf(each)));
  const isOne = address !== undefined && another === undefined;
  return { type: 'unit', unit, ...(isOne && { address }) };
}

function familyOf(address: string): string | undefined {
  return parseAddress(address)?.kind();
}

function portsNamed(unit: Unit, name: string, protocol: Protocol | undefined) {
  return unit.ports
    .filter((own) => own.name === name && (protocol === undefined || own.protocol === protocol))
    .map((own) => ({ port: own.port, protocol: own.protocol }));
}

function askedOf({ port, protocol }: PortName): Asked {
  if (typeof port === 'number') return { port, protocol: protocol ?? 'TCP' };
  return { every: protocol === undefined ? protocols : [protocol] };
}

function unselectable(service: ServiceRecord): Unknown | undefined {
  const name = nameOf({ type: 'service', service });
  if (service.external) {
    return {
      error: `${name} is a name outside of the cluster (ExternalName); ask with an address`,
    };
  }
  if (service.selector === undefined) {
    return {
      error: `${name} has no selector, so nothing tells its pods; ask with the address of one`,
    };
  }
  return undefined;
}

/** `Kind/namespace/name`, with the address where one of several was asked about, or the address. */
export function nameOf(meant: Meant): string {
  if (meant.type === 'address') return meant.address;
  if (meant.type === 'unit') {
    const name = nameOfUnit(meant.unit);
    return meant.address === undefined ? name : `${name} (${meant.address})`;
  }
  return `Service/${meant.service.namespace}/${meant.service.name}`;
}

function endOf(inventory: Inventory, meant: Exclude<Meant, { type: 'service' }>): End {
  if (meant.type === 'address') return { name: meant.address, party: { address: meant.address } };
  const { unit, address } = meant;
  const party = inventory.partyOf(unit);
  const name = nameOf(meant);
  if (address === undefined) return { name, party, unit };
  return { name, party: { ...party, addresses: [address] }, unit, address };
}
