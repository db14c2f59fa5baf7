import type { Labels } from '../model/labels.ts';
import type {
  ContainerPort,
  NamespaceRecord,
  PolicyRecord,
  ServiceRecord,
} from '../model/records.ts';

/** The object that a controller reference of a pod or a workload names, in its own namespace. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** What policies can see of a pod, or of the pods that a template makes. */
interface PodShape {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  readonly owner: Owner | undefined;
}

/** A pod that is there. */
export interface PodItem extends PodShape {
  readonly kind: 'Pod';
  readonly addresses: readonly string[];
  /** It has succeeded or failed: nothing runs in it, and its addresses may be another's. */
  readonly ended: boolean;
}

/** Anything that makes pods from a template, of whatever kind. */
export interface TemplateItem extends PodShape {
  readonly kind: 'Template';
  /** The kind of the object, such as `Deployment` or `CronJob`. */
  readonly of: string;
  /** A ReplicaSet that was scaled down to nothing, what its owner once was; or a Job that is over. */
  readonly isPast?: true;
}

/** The way to a field of an object. */
export type FieldPath = readonly (string | number)[];

/** An object that says something about connections. */
export type Item = PodItem | TemplateItem | ServiceRecord | NamespaceRecord | PolicyRecord;
