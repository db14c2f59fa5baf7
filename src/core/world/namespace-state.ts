import type { NamespaceIntent, WorkloadIntent } from '../intent/annotations.ts';
import type { ResourceIntent } from '../intent/resource.ts';
import { withoutHashLabels } from '../model/hash-labels.ts';
import { type Key, keyOf, keyOfIdentity } from '../model/identity.ts';
import { nameOfKind } from '../model/kinds.ts';
import { LabelIndex, SelectorIndex } from '../model/label-index.ts';
import {
  byName,
  compareText,
  contradicts,
  type LabelSelector,
  type Labels,
  selectsEverything,
} from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type {
  NamespaceRecord,
  PolicyRecord,
  ResourceRecord,
  ServiceRecord,
  WorkloadRecord,
} from '../model/records.ts';
import type { Settings } from '../model/settings.ts';
import { HalfSelectors } from './half-selectors.ts';
import { addTo, removeFrom } from './sets.ts';

/** A workload and what its annotations say. */
export interface Workload {
  readonly key: Key;
  readonly record: WorkloadRecord;
  readonly intent: WorkloadIntent;
}

/** An AppConnectivity resource and what it says. */
export interface Resource {
  readonly key: Key;
  readonly record: ResourceRecord;
  readonly intent: ResourceIntent;
}

/** The Namespace object and what it says. */
export interface Namespace {
  readonly key: Key;
  readonly record: NamespaceRecord;
  readonly intent: NamespaceIntent;
}

/** What has texts of its own. */
export type Source = Workload | Resource | Namespace;

/** The workloads behind a Service; `half` when none matches its whole selector. */
export interface Reached {
  readonly workloads: readonly Workload[];
  readonly half: boolean;
}

/**
 * Everything of one namespace, indexed for the questions of the stages. It may exist without the
 * Namespace object: events of different kinds arrive in any order.
 */
export class NamespaceState {
  readonly name: string;
  /** The key of the Namespace, also while its object is not there. */
  readonly key: Key;
  readonly settings: Settings;
  /** The namespaces that a pace of default-deny has let go; undefined where there is no pace. */
  readonly letGo: ReadonlySet<string> | undefined;
  object: Namespace | undefined;
  readonly workloads = new Map<Key, Workload>();
  readonly services = new Map<string, ServiceRecord>();
  /** Services that have keys of ours, which nothing reads. */
  readonly strayServices = new Map<string, ServiceRecord>();
  readonly resources = new Map<Key, Resource>();
  readonly policies = new Map<string, PolicyRecord>();
  /** Workloads, resources and the Namespace of which a text is invalid: policies speak for them. */
  readonly refused = new Set<Key>();
  readonly #policiesFor = new Map<Key, Set<PolicyRecord>>();
  readonly policySelectors = new SelectorIndex<PolicyRecord>();
  /** All of them in the order of their keys, once somebody has asked. */
  #inOrder: readonly Workload[] | undefined;
  readonly #workloadNames = new Map<string, Set<Workload>>();
  readonly #workloadLabels = new LabelIndex<Workload>();
  readonly #workloadSelectors = new SelectorIndex<Workload>();
  readonly #serviceSelectors = new SelectorIndex<ServiceRecord>();
  /** Services that no workload matches as a whole: only they may reach one by half. */
  readonly #looseServices = new LabelIndex<ServiceRecord>();
  readonly #resourceTargets = new Map<string, Set<Resource>>();
  readonly #resourceSelectors = new SelectorIndex<Resource>();
  readonly #halfSelectors = new HalfSelectors<Resource>();

  constructor(name: string, settings: Settings, letGo?: ReadonlySet<string>) {
    this.name = name;
    this.key = keyOf({ kind: 'Namespace', namespace: '', name });
    this.settings = settings;
    this.letGo = letGo;
  }

  /** Its labels, with that of its name, which the API server keeps itself. */
  get labels(): Labels {
    return { ...this.object?.record.labels, [namespaceNameLabel]: this.name };
  }

  setWorkload(key: Key, workload: Workload | undefined): void {
    this.#inOrder = undefined;
    const old = this.workloads.get(key);
    if (old !== undefined) {
      this.workloads.delete(key);
      removeFrom(this.#workloadNames, old.record.ref.name, old);
      this.#workloadLabels.remove(old);
      this.#workloadSelectors.remove(old);
      this.#refreshLoose(old.record.labels);
    }
    if (workload === undefined) return;
    const { record } = workload;
    this.workloads.set(key, workload);
    addTo(this.#workloadNames, record.ref.name, workload);
    this.#workloadLabels.add(workload, record.labels);
    if (!selectsEverything(record.selector)) this.#workloadSelectors.add(workload, record.selector);
    this.#refreshLoose(record.labels);
  }

  setService(name: string, service: ServiceRecord | undefined): void {
    const old = this.services.get(name);
    if (old !== undefined) {
      this.services.delete(name);
      this.strayServices.delete(name);
      this.#serviceSelectors.remove(old);
      this.#looseServices.remove(old);
    }
    if (service === undefined) return;
    this.services.set(name, service);
    if (service.strays.length > 0) this.strayServices.set(name, service);
    const selector = stableSelector(service);
    if (selector === undefined) return;
    this.#serviceSelectors.add(service, { matchLabels: selector });
    this.#placeLoose(service, selector);
  }

  setResource(key: Key, resource: Resource | undefined): void {
    const old = this.resources.get(key);
    if (old !== undefined) {
      this.resources.delete(key);
      this.#resourceSelectors.remove(old);
      this.#halfSelectors.remove(old);
      removeFrom(this.#resourceTargets, targetOf(old), old);
    }
    if (resource === undefined) return;
    this.resources.set(key, resource);
    const { subject } = resource.intent;
    if (subject?.type === 'selector') {
      this.#resourceSelectors.add(resource, subject.selector);
      this.#halfSelectors.add(resource, subject.selector);
    }
    addTo(this.#resourceTargets, targetOf(resource), resource);
  }

  setPolicy(name: string, policy: PolicyRecord | undefined): void {
    const old = this.policies.get(name);
    if (old !== undefined) {
      this.policies.delete(name);
      this.policySelectors.remove(old);
      const key = keyOfIdentity(old.policy);
      if (key !== undefined) removeFrom(this.#policiesFor, key, old);
    }
    if (policy === undefined) return;
    this.policies.set(name, policy);
    this.policySelectors.add(policy, policy.policy.spec.podSelector ?? {});
    const key = keyOfIdentity(policy.policy);
    if (key !== undefined) addTo(this.#policiesFor, key, policy);
  }

  /** The live policies whose identity says that they were written for this key. */
  policiesFor(key: Key): ReadonlySet<PolicyRecord> {
    return this.#policiesFor.get(key) ?? new Set();
  }

  /** The workloads of that name, of every kind. */
  called(name: string): Workload[] {
    return byKey([...(this.#workloadNames.get(name) ?? [])]);
  }

  /** The workloads whose template labels the selector matches. */
  matching(selector: LabelSelector): Workload[] {
    if (!selectsEverything(selector)) return byKey(this.#workloadLabels.matching(selector));
    this.#inOrder ??= byKey([...this.workloads.values()]);
    return [...this.#inOrder];
  }

  /** The workloads whose selector matches these labels: the subjects of such a pod. */
  selecting(labels: Labels): Workload[] {
    return byKey(this.#workloadSelectors.matching(labels));
  }

  /** The keys of the subjects that may speak for a pod that this selector matches. */
  speakingWith(selector: LabelSelector): Key[] {
    const workloads = this.#workloadSelectors.overlapping(selector);
    const resources = this.#resourceSelectors.overlapping(selector);
    return [...workloads, ...resources].map(({ key }) => key);
  }

  /** The workloads behind a Service, by its selector without hash labels. */
  reachedBy(service: ServiceRecord): Reached {
    const selector = stableSelector(service);
    if (selector === undefined) return { workloads: [], half: false };
    const whole = this.matching({ matchLabels: selector });
    if (whole.length > 0) return { workloads: whole, half: false };
    const sharing = [...this.#workloadLabels.sharing(selector)];
    const half = sharing.filter(
      ({ record }) => !contradicts({ matchLabels: selector }, record.labels),
    );
    return { workloads: byKey(half), half: half.length > 0 };
  }

  /** The Services that reach pods with these template labels. */
  servicesReaching(labels: Labels): ServiceRecord[] {
    const whole = this.#serviceSelectors.matching(labels);
    if (this.#looseServices.size === 0) return byName(whole);
    const loose = [...this.#looseServices.sharing(labels)].filter(
      (service) => !contradicts({ matchLabels: stableSelector(service) ?? {} }, labels),
    );
    return byName([...new Set([...whole, ...loose])]);
  }

  /** The resources that name the workload, and those whose selector matches its template. */
  resourcesAbout({ record }: Workload): Resource[] {
    const { group, kind, name } = record.ref;
    return byKey([
      ...(this.#resourceTargets.get(`${nameOfKind(group, kind)}/${name}`) ?? []),
      ...this.resourcesSelecting(record.labels),
    ]);
  }

  /** Services that no workload matches as a whole, whose pods, by their own selector, are meant. */
  looseServicesOf(selector: LabelSelector): ServiceRecord[] {
    return this.#looseServices.matching(selector);
  }

  /** A superset of the resources whose selector these labels satisfy by half (`half-selectors.ts`). */
  resourcesNear(labels: Labels): Resource[] {
    return byKey([...this.#halfSelectors.near(labels)]);
  }

  /** A superset of the workloads whose labels satisfy a selector by half. */
  workloadsNear(selector: LabelSelector): Workload[] {
    const byLabels = this.#halfSelectors.isByLabels(selector);
    const near = byLabels ? this.#workloadLabels.sharing(selector.matchLabels ?? {}) : undefined;
    return byKey([...(near ?? this.workloads.values())]);
  }

  /** The resources whose selector matches these labels. */
  resourcesSelecting(labels: Labels): Resource[] {
    return this.#resourceSelectors.matching(labels);
  }

  /**
   * Whether the namespace exists: its Namespace object is there, or, in files that lack it,
   * something that lives in it.
   */
  get exists(): boolean {
    const parts = [this.workloads, this.services, this.resources];
    return this.object !== undefined || parts.some(({ size }) => size > 0);
  }

  get empty(): boolean {
    const parts = [this.workloads, this.services, this.resources, this.policies];
    return this.object === undefined && parts.every(({ size }) => size === 0);
  }

  /** A workload came or went: Services that match it as a whole may have become loose or not. */
  #refreshLoose(labels: Labels): void {
    for (const service of this.#serviceSelectors.matching(labels)) {
      const selector = stableSelector(service);
      if (selector !== undefined) this.#placeLoose(service, selector);
    }
  }

  #placeLoose(service: ServiceRecord, selector: Labels): void {
    const whole = this.#workloadLabels.matching({ matchLabels: selector }).length > 0;
    if (whole) this.#looseServices.remove(service);
    else this.#looseServices.add(service, selector);
  }
}

/** In the order of names, whatever order they came in: who reads of several reads the same each time. */
function byKey<T extends { readonly key: Key }>(all: T[]): T[] {
  return all.sort((a, b) => compareText(a.key, b.key));
}

/** A Service's selector without hash labels; undefined where nothing is left to select by. */
export function stableSelector({ selector, external }: ServiceRecord): Labels | undefined {
  if (selector === undefined || external) return undefined;
  const stable = withoutHashLabels(selector);
  return Object.keys(stable).length === 0 ? undefined : stable;
}

function targetOf({ intent, key }: Resource): string {
  return intent.subject?.type === 'workload'
    ? `${intent.subject.kind}/${intent.subject.name}`
    : key;
}
