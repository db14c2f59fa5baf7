import { compareText, type Labels, selects } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { ServiceRecord } from '../model/records.ts';
import { parseAddress } from '../reach/addresses.ts';
import type { PodParty } from '../reach/party.ts';
import { Distinctions } from './distinctions.ts';
import type { Item, PodItem, TemplateItem } from './items.ts';

/** Kinds between pods and what people write, and which kinds make them: `<name>-<hash>`. */
const makersOfBetween: ReadonlyMap<string, readonly string[]> = new Map([
  ['ReplicaSet', ['Deployment', 'Rollout']],
  ['ReplicationController', ['DeploymentConfig']],
  ['Job', ['CronJob']],
]);

/** A pod, or what makes pods: a party of connections by itself. */
export type Unit = PodItem | TemplateItem;

/**
 * What some files or a cluster hold about connections, by name. Of two objects of one name the
 * later counts, as it would when they are applied in order.
 */
export class Inventory {
  /** The labels of every namespace that is described. */
  readonly namespaces = new Map<string, Labels>();
  readonly #units = new Map<string, Unit>();
  readonly #services = new Map<string, ServiceRecord>();
  readonly #policies = new Map<string, NetworkPolicy>();
  readonly #byAddress = new Map<string, Unit | ServiceRecord>();
  readonly #unitsIn: ReadonlyMap<string, readonly Unit[]>;
  readonly #behind = new Map<ServiceRecord, readonly Unit[]>();
  #kinds: ReadonlySet<string> | undefined;
  #names: readonly string[] | undefined;
  #tops: readonly Unit[] | undefined;
  #distinctions: Distinctions | undefined;

  constructor(items: Iterable<Item>) {
    for (const item of items) this.#add(item);
    this.#unitsIn = Map.groupBy(this.#units.values(), ({ namespace }) => namespace);
    for (const unit of this.#units.values()) {
      if (unit.kind !== 'Pod' || unit.ended || unit.hostNetwork) continue;
      for (const address of unit.addresses) this.#byAddress.set(canonical(address), unit);
    }
    for (const service of this.#services.values()) {
      for (const address of service.clusterIPs) this.#byAddress.set(canonical(address), service);
    }
  }

  get policies(): readonly NetworkPolicy[] {
    return [...this.#policies.values()];
  }

  /** Pods, and everything that makes pods. */
  get units(): readonly Unit[] {
    return [...this.#units.values()];
  }

  get services(): readonly ServiceRecord[] {
    return [...this.#services.values()];
  }

  /** The kinds of pods and workloads that are here, in small letters. */
  get kinds(): ReadonlySet<string> {
    this.#kinds ??= new Set(this.units.map((unit) => kindOfUnit(unit).toLowerCase()));
    return this.#kinds;
  }

  /** Everybody here as a person would name them: `namespace/kind/name`. */
  get names(): readonly string[] {
    this.#names ??= [
      ...this.units.map((unit) => [unit.namespace, kindOfUnit(unit).toLowerCase(), unit.name]),
      ...this.services.map(({ namespace, name }) => [namespace, 'svc', name]),
    ].map((parts) => parts.join('/'));
    return this.#names;
  }

  /** The pods and workloads of a namespace. */
  unitsIn(namespace: string): readonly Unit[] {
    return this.#unitsIn.get(namespace) ?? [];
  }

  service(namespace: string, name: string): ServiceRecord | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  /** The pod that has an address, or the Service that stands for it. */
  at(address: string): Unit | ServiceRecord | undefined {
    return this.#byAddress.get(canonical(address));
  }

  /**
   * The pods behind a Service: those that are there and run, and for a workload of which none is
   * there, its template. A Job of which a pod has ended makes no more, and what another workload
   * here makes is told by that one. Pods before templates, each by name.
   */
  behind(service: ServiceRecord): readonly Unit[] {
    const known = this.#behind.get(service);
    if (known !== undefined) return known;
    const found = this.#findBehind(service);
    this.#behind.set(service, found);
    return found;
  }

  #findBehind({ namespace, selector }: ServiceRecord): Unit[] {
    if (selector === undefined) return [];
    const all = this.unitsIn(namespace).filter(({ labels }) =>
      selects({ matchLabels: selector }, labels),
    );
    const pods = all.filter((unit) => unit.kind === 'Pod');
    const made = new Set(
      pods
        .flatMap((pod) => this.#makersOf(pod).map((maker) => ({ maker, pod })))
        .filter(({ maker, pod }) => !pod.ended || kindOfUnit(maker) === 'Job')
        .map(({ maker }) => maker),
    );
    const unseen = all
      .filter((unit) => unit.kind === 'Template')
      .filter((unit) => !unit.isPast && !made.has(unit) && this.#makerOf(unit) === undefined);
    return [...byName(pods.filter(({ ended }) => !ended)), ...byName(unseen)];
  }

  /**
   * The pods and workloads that nothing else here makes: a pod of a Deployment that is here is told
   * by the Deployment, unless policies can tell the two apart. Pods that have ended are none any more,
   * nor are ReplicaSets without pods.
   */
  topUnits(): Unit[] {
    this.#distinctions ??= new Distinctions(this.policies);
    const distinctions = this.#distinctions;
    this.#tops ??= this.units.filter((unit) => {
      if (unit.kind === 'Template') return !unit.isPast && this.#makerOf(unit) === undefined;
      if (unit.ended) return false;
      const top = this.topOf(unit);
      return top === unit || distinctions.differ(unit, top);
    });
    return [...this.#tops];
  }

  /** Which policies count for `topUnits`; those of the inventory, unless it is told. */
  tellApartBy(policies: Iterable<NetworkPolicy>): void {
    this.#distinctions = new Distinctions(policies);
    this.#tops = undefined;
  }

  /** What makes a unit, or makes what makes it, and is made by nothing here; perhaps itself. */
  topOf(unit: Unit): Unit {
    return this.#makersOf(unit).at(-1) ?? unit;
  }

  /** What makes a unit, what makes that, and so on. */
  #makersOf(unit: Unit): readonly Unit[] {
    const makers: Unit[] = [];
    let maker = this.#makerOf(unit);
    while (maker !== undefined && maker !== unit && !makers.includes(maker)) {
      makers.push(maker);
      maker = this.#makerOf(maker);
    }
    return makers;
  }

  #makerOf({ namespace, owner, kind }: Unit): Unit | undefined {
    if (owner === undefined) return undefined;
    const named = this.#units.get(`${owner.kind}/${namespace}/${owner.name}`);
    if (named !== undefined || kind !== 'Pod') return named;
    // What stands between is not in the input: its name tells who made it.
    return (makersOfBetween.get(owner.kind) ?? [])
      .map((above) => this.#units.get(`${above}/${namespace}/${owner.name.replace(/-[^-]*$/, '')}`))
      .find((unit) => unit !== undefined);
  }

  /** What policies see of a unit. A pod is itself, and has addresses; of a template two are not the same. */
  partyOf(unit: Unit): PodParty {
    const { namespace, labels, ports, hostNetwork, name } = unit;
    const shape = { namespace, labels, ports, hostNetwork };
    return unit.kind === 'Pod' ? { ...shape, addresses: unit.addresses, name } : shape;
  }

  #add(item: Item): void {
    switch (item.kind) {
      case 'Namespace':
        this.namespaces.set(item.name, item.labels);
        break;
      case 'Service':
        this.#services.set(`${item.namespace}/${item.name}`, item);
        break;
      case 'NetworkPolicy': {
        const { namespace, name } = item.policy.metadata;
        this.#policies.set(`${namespace}/${name}`, item.policy);
        break;
      }
      default:
        this.#units.set(nameOfUnit(item), item);
    }
  }
}

function byName<U extends Unit>(units: U[]): U[] {
  return units.sort((a, b) => compareText(nameOfUnit(a), nameOfUnit(b)));
}

/** `Kind/namespace/name`. */
export function nameOfUnit(unit: Unit): string {
  return `${kindOfUnit(unit)}/${unit.namespace}/${unit.name}`;
}

/** `Pod`, or the kind of the object that makes the pods. */
export function kindOfUnit(unit: Unit): string {
  return unit.kind === 'Pod' ? 'Pod' : unit.of;
}

function canonical(address: string): string {
  return parseAddress(address)?.toString() ?? address;
}
