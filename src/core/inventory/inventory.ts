import { type Labels, selects, selectsEverything } from '../model/labels.ts';
import type { NetworkPolicy } from '../model/policy.ts';
import type { ServiceRecord } from '../model/records.ts';
import { parseAddress } from '../reach/addresses.ts';
import type { PodParty } from '../reach/party.ts';
import type { Item, PodItem, TemplateItem } from './items.ts';

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
  readonly #templatesIn: ReadonlyMap<string, readonly TemplateItem[]>;
  readonly #behind = new Map<ServiceRecord, readonly Unit[]>();
  #kinds: ReadonlySet<string> | undefined;
  #names: readonly string[] | undefined;
  #tops: readonly Unit[] | undefined;
  #podAddresses: ReadonlyMap<Unit, readonly string[]> | undefined;

  constructor(items: Iterable<Item>) {
    for (const item of items) this.#add(item);
    this.#unitsIn = Map.groupBy(this.#units.values(), ({ namespace }) => namespace);
    const templates = this.units.filter((unit) => unit.kind === 'Template');
    this.#templatesIn = Map.groupBy(templates, ({ namespace }) => namespace);
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
   * here makes is told by that one.
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
    return [...pods.filter(({ ended }) => !ended), ...unseen];
  }

  /**
   * The pods and workloads that nothing else here makes: a pod of a Deployment that is here is told
   * by the Deployment. Pods that have ended are none any more, nor are ReplicaSets without pods.
   */
  topUnits(): Unit[] {
    this.#tops ??= this.units
      .filter((unit) => (unit.kind === 'Pod' ? !unit.ended : !unit.isPast))
      .filter((unit) => this.#makerOf(unit) === undefined);
    return [...this.#tops];
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

  #makerOf(unit: Unit): Unit | undefined {
    const { namespace, owner } = unit;
    if (owner === undefined) return undefined;
    const named = this.#units.get(`${owner.kind}/${namespace}/${owner.name}`);
    if (named !== undefined || unit.kind !== 'Pod') return named;
    const able = this.#templatesIn.get(namespace)?.filter((template) => makes(template, unit));
    // What stands between, as a ReplicaSet does, is named after what made it.
    const namesake = able
      ?.filter(({ name }) => owner.name.startsWith(`${name}-`))
      .reduce<TemplateItem | undefined>(longerNamed, undefined);
    return namesake ?? able?.[0];
  }

  /**
   * What policies see of a unit. A pod is itself; a template's pods are any, of which two are not the
   * same. They are in whatever block one of those is in that are there.
   */
  partyOf(unit: Unit): PodParty {
    const { namespace, labels, ports, hostNetwork, name } = unit;
    const shape = { namespace, labels, ports, hostNetwork };
    return unit.kind === 'Pod'
      ? { ...shape, addresses: unit.addresses, name }
      : { ...shape, addresses: this.#addressesOf(unit) };
  }

  #addressesOf(template: TemplateItem): readonly string[] {
    this.#podAddresses ??= this.#findPodAddresses();
    return this.#podAddresses.get(template) ?? [];
  }

  #findPodAddresses(): ReadonlyMap<Unit, readonly string[]> {
    const found = new Map<Unit, string[]>();
    for (const pod of this.units) {
      if (pod.kind !== 'Pod' || pod.ended || pod.addresses.length === 0) continue;
      for (const maker of this.#makersOf(pod)) {
        const known = found.get(maker);
        if (known === undefined) found.set(maker, [...pod.addresses]);
        else known.push(...pod.addresses);
      }
    }
    return found;
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

/** `Kind/namespace/name`. */
export function nameOfUnit(unit: Unit): string {
  return `${kindOfUnit(unit)}/${unit.namespace}/${unit.name}`;
}

/** `Pod`, or the kind of the object that makes the pods. */
export function kindOfUnit(unit: Unit): string {
  return unit.kind === 'Pod' ? 'Pod' : unit.of;
}

/** Whether a pod that has a controller is one of a workload's: it carries what that one selects. */
function makes({ selector, of, name }: TemplateItem, { owner, labels }: PodItem): boolean {
  if (owner === undefined) return false;
  if (owner.kind === of && owner.name === name) return true;
  return selector !== undefined && !selectsEverything(selector) && selects(selector, labels);
}

function longerNamed(best: TemplateItem | undefined, next: TemplateItem): TemplateItem {
  return best !== undefined && best.name.length >= next.name.length ? best : next;
}

function canonical(address: string): string {
  return parseAddress(address)?.toString() ?? address;
}
