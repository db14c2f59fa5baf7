import type { ObjectRef } from './identity.ts';
import type { LabelSelector } from './labels.ts';
import type { Direction, Protocol } from './policy.ts';

/** Where in an object something was written: a field path, and a character offset in its text. */
export interface Position {
  readonly path: readonly (string | number)[];
  /** Offset in UTF-16 units into the text at `path`; absent when the whole field is meant. */
  readonly offset?: number;
}

/**
 * The name of a kind of workload: `Deployment`, or `Rollout.argoproj.io` where its group is not one of
 * Kubernetes itself.
 */
export type WorkloadKind = string;

/** Parties that every cluster has, and that nobody can name: they are configured or detected. */
export type PartyName = 'KubeAPIServer' | 'DNS' | 'Nodes' | 'Ingress' | 'Monitoring';

/**
 * The other party of an entry, as it was written; names are not yet looked up. An absent
 * `namespace` is the writer's own.
 *
 *   type         written as                            means
 *   name         cart, cart.billing                    the Service of that name, else workloads
 *   service      svc/cart                              that Service
 *   workload     sts/redis                             that workload
 *   pods         pods: {selector, namespaceSelector}   pods by labels
 *   namespace    ns/monitoring                         every pod of that namespace
 *   namespaces   namespace: {selector}                 every pod of matching namespaces
 *   block        203.0.113.0/24                        addresses outside the cluster
 *   own          @namespace                            every pod of the writer's namespace
 *   cluster      @cluster                              every pod of every namespace
 *   internet     @internet                             public addresses
 *   host         host/api.stripe.com                   the addresses of a DNS name outside the cluster
 *   party        @kube-apiserver, @dns, …              a party that is configured or detected
 */
export type PeerRef =
  | { readonly type: 'name'; readonly name: string; readonly namespace?: string }
  | { readonly type: 'service'; readonly name: string; readonly namespace?: string }
  | {
      readonly type: 'workload';
      readonly kind: WorkloadKind;
      readonly name: string;
      readonly namespace?: string;
    }
  | {
      readonly type: 'pods';
      readonly selector: LabelSelector;
      readonly namespaceSelector?: LabelSelector;
    }
  | { readonly type: 'namespace'; readonly name: string }
  | { readonly type: 'namespaces'; readonly selector: LabelSelector }
  | { readonly type: 'block'; readonly cidr: string; readonly except: readonly string[] }
  | { readonly type: 'own' }
  | { readonly type: 'cluster' }
  | { readonly type: 'internet' }
  | { readonly type: 'host'; readonly name: string }
  | { readonly type: 'party'; readonly party: PartyName };

/** A port as it was written: a number, a range, or a name. An absent protocol is looked up. */
export interface PortRef {
  readonly port: number | string;
  readonly endPort?: number;
  readonly protocol?: Protocol;
}

/** One line of a declaration: a party and the ports; no ports means the default for the party. */
export interface Entry {
  readonly peer: PeerRef;
  readonly ports: readonly PortRef[];
  readonly at: Position;
  /** The entry in the annotation's own language, for messages. */
  readonly text: string;
  /** The entry as a resource wrote it, without its description; absent in annotations. */
  readonly written?: Readonly<Record<string, unknown>>;
}

/** Whom a declaration speaks for. */
export type SubjectRef =
  | { readonly type: 'workload'; readonly kind: WorkloadKind; readonly name: string }
  | { readonly type: 'selector'; readonly selector: LabelSelector }
  | { readonly type: 'namespace' };

/** What one source says in one direction. `nobody` is a veto, and then there are no entries. */
export interface Declaration {
  readonly source: ObjectRef;
  readonly subject: SubjectRef;
  readonly direction: Direction;
  readonly nobody: boolean;
  readonly entries: readonly Entry[];
  readonly at: Position;
}

/** The automatic allowances that a source switches off; of several sources, one deny wins. */
export type Switches = Readonly<Record<Allowance, boolean>>;

/** What is allowed without being declared. */
export type Allowance = 'dns' | 'self' | AutoAllowance;

/** Those of them that the one switch `auto` covers. */
export type AutoAllowance = 'routes' | 'metrics' | 'webhooks';

export const autoAllowances: readonly AutoAllowance[] = ['routes', 'metrics', 'webhooks'];

export const allowances: readonly Allowance[] = ['dns', 'self', ...autoAllowances];

/** Switches by a question asked of each allowance: whether it is denied. */
export function switchesWhere(denies: (allowance: Allowance) => boolean): Switches {
  return {
    dns: denies('dns'),
    self: denies('self'),
    routes: denies('routes'),
    metrics: denies('metrics'),
    webhooks: denies('webhooks'),
  };
}

/** Nothing is switched off. */
export const nothingDenied: Switches = switchesWhere(() => false);
