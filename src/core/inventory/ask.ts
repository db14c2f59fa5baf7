import type { Direction, NetworkPolicy, Protocol } from '../model/policy.ts';
import { allowedPortsBetween } from '../reach/allowed-ports.ts';
import { type Endpoint, endpointOf, type PolicySource } from '../reach/endpoint.ts';
import { type DirectionVerdict, judgeBetween, type Verdict } from '../reach/judge.ts';
import { policySet } from '../reach/policy-set.ts';
import { allPorts, everyPort, type PortSet, subtractPorts } from '../reach/port-set.ts';
import type { Inventory } from './inventory.ts';
import type { PortName, Unknown } from './question.ts';
import {
  type Asked,
  type Demand,
  demandsOf,
  type End,
  find,
  type Lacking,
  type Meant,
  nameOf,
  sendersOf,
} from './resolve.ts';

/** Whether `from` may open connections to `to`, each as somebody named it. */
export interface Question extends PortName {
  readonly from: string;
  readonly to: string;
}

/** One connection, as it was judged. */
export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly asked: Asked;
  readonly allowed: boolean;
  readonly egress: DirectionVerdict;
  readonly ingress: DirectionVerdict;
  /** Of every port, those that are allowed, and those that each end allows by itself. */
  readonly ports: { readonly both: PortSet; readonly egress: PortSet; readonly ingress: PortSet };
  /**
   * Whether rules of an end have blocks that could not be compared with the other one: the pods of a
   * template have addresses, which are not known.
   */
  readonly isBlind: { readonly egress: boolean; readonly ingress: boolean };
}

export interface Answer {
  readonly allowed: boolean;
  readonly from: Meant;
  readonly to: Meant;
  readonly port: PortName;
  /**
   * What decided: the first connection that had to be allowed and is not, else the first of all.
   * Undefined where there is none to judge, for what the destination lacks.
   */
  readonly decided: Connection | undefined;
  /** All that was asked of the pods behind a Service for one port, where their answers differ. */
  readonly differing: readonly Connection[];
  readonly lacking: Lacking | undefined;
}

/**
 * Answers questions about who may talk to whom, over one inventory and some policies, anyone's.
 *
 *   from, to     a workload is any pod of its template, a pod itself, an address the pod or Service
 *                that has it
 *   from         of a Service every pod has to be allowed
 *   to           of a Service one pod has to be, on the port that its port is translated to
 *   no port      every port, of the protocol if one is given; of a Service every one that it has
 */
export class Asker {
  readonly #inventory: Inventory;
  readonly #namespace: string;
  readonly #source: PolicySource;
  readonly #found = new Map<string, Meant | Unknown>();
  readonly #endpoints = new Map<string, Endpoint>();

  /** `namespace` is of names that give none. */
  constructor(inventory: Inventory, policies: Iterable<NetworkPolicy>, namespace: string) {
    this.#inventory = inventory;
    this.#namespace = namespace;
    this.#source = policySet(inventory.namespaces, policies);
  }

  /** The answer, or in one sentence why there is none: a party that is not known. Never throws. */
  ask({ from, to, ...port }: Question): Answer | Unknown {
    const [sender, receiver] = [this.#find(from), this.#find(to)];
    if ('error' in sender) return sender;
    if ('error' in receiver) return receiver;
    const senders = sendersOf(this.#inventory, sender);
    if ('error' in senders) return senders;
    const wanted = demandsOf(this.#inventory, receiver, port);
    if ('error' in wanted) return wanted;
    const asked = { from: sender, to: receiver, port };
    if ('lacking' in wanted) {
      const { lacking } = wanted;
      return { ...asked, allowed: false, decided: undefined, differing: [], lacking };
    }
    return { ...asked, ...this.#judgeAll(senders, wanted.demands), lacking: undefined };
  }

  #judgeAll(senders: readonly End[], demands: readonly Demand[]) {
    let first: Connection | undefined;
    let differing: readonly Connection[] = [];
    for (const from of senders) {
      for (const { ends } of demands) {
        const tried = ends.map(({ asked, ...to }) => this.#judge(from, to, asked));
        const open = tried.find(({ allowed }) => allowed);
        if (open === undefined) {
          return { allowed: false, decided: tried[0], differing: [] };
        }
        first ??= open;
        if (differing.length === 0 && tried.some(({ allowed }) => !allowed)) differing = tried;
      }
    }
    return { allowed: true, decided: first, differing };
  }

  #judge(from: End, to: End, asked: Asked): Connection {
    const [sender, receiver] = [this.#endpoint(from), this.#endpoint(to)];
    const ports = portsBetween(sender, receiver);
    const isBlind = blindnessBetween(sender, receiver);
    if ('port' in asked) {
      const verdict = judgeBetween(sender, receiver, asked.port, asked.protocol);
      return { from, to, asked, ...verdict, ports, isBlind };
    }
    return { from, to, asked, ...judgeEvery(sender, receiver, ports, asked.every), ports, isBlind };
  }

  #find(text: string): Meant | Unknown {
    const known = this.#found.get(text);
    if (known !== undefined) return known;
    const found = find(this.#inventory, text, this.#namespace);
    this.#found.set(text, found);
    return found;
  }

  #endpoint({ name, party }: End): Endpoint {
    const known = this.#endpoints.get(name);
    if (known !== undefined) return known;
    const endpoint = endpointOf(this.#source, party);
    this.#endpoints.set(name, endpoint);
    return endpoint;
  }
}

const nothing: Endpoint['isolations'] = { Ingress: [], Egress: [] };

/** An end that no policy isolates. */
function opened(end: Endpoint): Endpoint {
  return { ...end, isolations: nothing };
}

/** Port sets are for explanations, which not everybody asks for: each is found when it is read. */
function portsBetween(from: Endpoint, to: Endpoint): Connection['ports'] {
  return {
    get both() {
      return allowedPortsBetween(from, to);
    },
    get egress() {
      return allowedPortsBetween(from, opened(to));
    },
    get ingress() {
      return allowedPortsBetween(opened(from), to);
    },
  };
}

/** Found when it is read, as port sets are. */
function blindnessBetween(from: Endpoint, to: Endpoint): Connection['isBlind'] {
  const isBlind = (near: Endpoint, far: Endpoint, direction: Direction) =>
    far.pod !== undefined &&
    far.addresses.length === 0 &&
    near.isolations[direction].some(({ rules }) =>
      rules.some(({ peers }) => peers?.some((peer) => 'block' in peer)),
    );
  return {
    get egress() {
      return isBlind(from, to, 'Egress');
    },
    get ingress() {
      return isBlind(to, from, 'Ingress');
    },
  };
}

/**
 * Every port of some protocols, judged at one that is refused where there is any. Where both ends
 * allow all by themselves, over different address families, it is judged at one that neither family
 * lets through.
 */
function judgeEvery(
  from: Endpoint,
  to: Endpoint,
  ports: Connection['ports'],
  every: readonly Protocol[],
): Verdict {
  const gap = firstMissing(ports.both, every);
  if (gap === undefined) return judgeBetween(from, to, allPorts.first, every[0] ?? 'TCP');
  const egressGap = firstMissing(ports.egress, every);
  const ingressGap = firstMissing(ports.ingress, every);
  if (egressGap === undefined && ingressGap === undefined) return judgeBetween(from, to, ...gap);
  return {
    allowed: false,
    egress: judgeBetween(from, opened(to), ...(egressGap ?? gap)).egress,
    ingress: judgeBetween(opened(from), to, ...(ingressGap ?? gap)).ingress,
  };
}

/** The lowest port of these protocols that is not in a set; undefined where all of them are. */
function firstMissing(
  set: PortSet,
  protocols: readonly Protocol[],
): readonly [port: number, protocol: Protocol] | undefined {
  const missing = subtractPorts(everyPort, set);
  for (const protocol of protocols) {
    const [range] = missing[protocol];
    if (range !== undefined) return [range.first, protocol];
  }
  return undefined;
}

/** How the two ends of an answer are called. */
export function endsOf({ from, to }: Answer): { readonly from: string; readonly to: string } {
  return { from: nameOf(from), to: nameOf(to) };
}
