import { type Labelled, readNamespace, readWorkload } from '../intent/annotations.ts';
import { readResource } from '../intent/resource.ts';
import type { Declaration, SubjectRef, Switches } from '../model/declaration.ts';
import { nameOfKind } from '../model/kinds.ts';
import { type LabelSelector, type Labels, selects } from '../model/labels.ts';
import { namespaceNameLabel } from '../model/names.ts';
import type { Direction } from '../model/policy.ts';
import type {
  NamespaceRecord,
  OutsideRecord,
  PolicyRecord,
  RangeRecord,
  ResourceRecord,
  ServiceRecord,
  WorkloadRecord,
} from '../model/records.ts';
import type { Mode, Settings } from '../model/settings.ts';

/** Everything that declarations and names are read from. */
export interface TruthWorld {
  readonly namespaces: readonly NamespaceRecord[];
  readonly workloads: readonly WorkloadRecord[];
  readonly services: readonly ServiceRecord[];
  readonly resources: readonly ResourceRecord[];
  /** What Nodes and ServiceCIDRs tell of. */
  readonly ranges: readonly RangeRecord[];
  /** Routes, monitors, webhooks, addresses of hosts and whatever else is in nobody's own words. */
  readonly outside: readonly OutsideRecord[];
  /** Live policies: a default-deny of ours is the memory of labels that say nothing. */
  readonly policies: readonly PolicyRecord[];
  readonly settings: Settings;
}

/** What one object says, in its accepted declarations and switches. */
interface Voice {
  readonly declarations: readonly Declaration[];
  readonly switches: Switches;
}

/** A workload and its own annotations. */
interface WorkloadVoice extends Voice {
  readonly workload: WorkloadRecord;
  readonly audits: boolean;
}

/** A resource of which something was accepted. */
interface ResourceVoice extends Voice {
  readonly resource: ResourceRecord;
  readonly subject: SubjectRef;
}

/** A resource with `selector`: a subject of its own ("Subjects"). */
export interface SelectorResource extends Voice {
  readonly resource: ResourceRecord;
  readonly namespace: string;
  readonly selector: LabelSelector;
}

/** A namespace, and what its own labels say. */
export interface NamespaceVoice extends Voice {
  readonly name: string;
  readonly deny: Labelled<ReadonlySet<Direction>>;
  readonly mode: Labelled<Mode>;
}

/** The world and what its objects say, read once. */
export interface Voices {
  readonly world: TruthWorld;
  readonly workloads: readonly WorkloadVoice[];
  readonly resources: readonly ResourceVoice[];
  readonly selectorResources: readonly SelectorResource[];
  readonly namespaces: readonly NamespaceVoice[];
}

/** Reads every declaration of the world. An Invalid one is absent ("Declarations"). */
export function readVoices(world: TruthWorld): Voices {
  const { settings } = world;
  const resources = world.resources.flatMap((resource): ResourceVoice[] => {
    const { subject, declarations, switches } = readResource(resource, settings);
    return subject === undefined ? [] : [{ resource, subject, declarations, switches }];
  });
  return {
    world,
    resources,
    workloads: world.workloads.map((workload) => ({
      workload,
      ...readWorkload(workload, settings),
    })),
    selectorResources: resources.flatMap(({ subject, ...voice }) =>
      subject.type === 'selector'
        ? [{ ...voice, namespace: voice.resource.namespace, selector: subject.selector }]
        : [],
    ),
    namespaces: world.namespaces.map((record) => {
      const { declarations, switches, deny, mode } = readNamespace(record, settings);
      return { name: record.name, declarations, switches, deny, mode };
    }),
  };
}

/** Whether two records are of one object. */
export function isSame(a: WorkloadRecord, b: WorkloadRecord): boolean {
  return (
    a.ref.group === b.ref.group &&
    a.ref.kind === b.ref.kind &&
    a.ref.namespace === b.ref.namespace &&
    a.ref.name === b.ref.name
  );
}

/** *W matches S*: S's selector matches W's template labels, in the same namespace. */
export function matchesResource(workload: WorkloadRecord, resource: SelectorResource): boolean {
  return (
    workload.ref.namespace === resource.namespace && selects(resource.selector, workload.labels)
  );
}

/** What W's own metadata says. */
export function annotationsOf(
  { workloads }: Voices,
  workload: WorkloadRecord,
): readonly WorkloadVoice[] {
  return workloads.filter((voice) => isSame(voice.workload, workload));
}

/** The resources of W's namespace that name W. */
export function resourcesNaming({ resources }: Voices, { ref }: WorkloadRecord): readonly Voice[] {
  return resources.filter(
    ({ resource, subject }) =>
      resource.namespace === ref.namespace &&
      subject.type === 'workload' &&
      subject.kind === nameOfKind(ref.group, ref.kind) &&
      subject.name === ref.name,
  );
}

/** The selector resources that match W. */
export function resourcesMatching(
  { selectorResources }: Voices,
  workload: WorkloadRecord,
): readonly SelectorResource[] {
  return selectorResources.filter((resource) => matchesResource(workload, resource));
}

/** What the annotations of a namespace say; nothing for one that is not in the input. */
export function voicesOfNamespace({ namespaces }: Voices, name: string): readonly Voice[] {
  return namespaces.filter((namespace) => namespace.name === name);
}

/** Whether a namespace exists: as an object, or because some object lives in it ("Names"). */
export function namespaceExists({ world }: Voices, name: string): boolean {
  return (
    world.namespaces.some((namespace) => namespace.name === name) ||
    world.workloads.some(({ ref }) => ref.namespace === name) ||
    world.services.some(({ namespace }) => namespace === name) ||
    world.resources.some(({ namespace }) => namespace === name)
  );
}

/** The labels of a namespace, with the one that the API server keeps on each. */
export function labelsOfNamespace({ world }: Voices, name: string): Labels {
  const record = world.namespaces.find((namespace) => namespace.name === name);
  return { ...record?.labels, [namespaceNameLabel]: name };
}
