import { compile } from '../core/compile/compile.ts';
import { judgeEdge } from '../core/judge/judge.ts';
import { type Finding, finding } from '../core/model/finding.ts';
import { type Key, keyOf, partsOf, refOf } from '../core/model/identity.ts';
import type { Labels } from '../core/model/labels.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { NamespaceState } from '../core/world/namespace-state.ts';
import { isToBeDenied, isWaiting, liveDeny } from '../core/world/subjects.ts';
import type { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import type { RawObject } from '../kube/objects.ts';
import { resources } from '../kube/resources.ts';

/** So many namespaces in so many milliseconds get a default-deny by configuration. */
export interface Pace {
  readonly namespaces: number;
  readonly interval: number;
}

export interface FirstDenyOptions {
  readonly world: World;
  readonly client: Pick<KubeClient, 'list'>;
  readonly pace: Pace | undefined;
  readonly now: () => number;
  /** Nothing may be denied at present: the operator is paused, or a kind is not known whole. */
  readonly isHeld: () => boolean;
  /** A namespace was let go: its keys are to be looked at again. */
  readonly onTurn: (keys: ReadonlySet<Key>) => void;
}

/** Whether a default-deny may go in now, what is to be said of it, and whom it will cut. */
export interface DenyAnswer {
  /** Ask again after this many milliseconds. */
  readonly wait?: number;
  readonly findings: readonly Finding[];
  /** Pods of no known workload, for the policy itself. */
  readonly unmanaged: readonly string[];
}

/** It goes in, and there is nothing to say of it. */
export const goes: DenyAnswer = { findings: [], unmanaged: [] };
/** A namespace before which the pace has stopped is looked at again after this. */
const stoppedPause = 30_000;
/** Pods, or workloads, that a finding names. */
export const mostNamed = 10;
const unmanagedAnnotation = 'appconnectivity.dev/unmanaged';

/**
 * Looks before a namespace is default-denied for the first time: pods of no known workload are named,
 * since the deny will cut them. Where the configuration denies by a pace, it lets so many namespaces
 * go in an interval, and stops before any in which something is amiss: such pods, or an edge that is
 * still pending. Until then the world denies them nothing, so their workloads are not isolated by it
 * either. A namespace whose own label says so is not paced.
 */
export class FirstDeny {
  readonly #options: FirstDenyOptions;
  readonly #begun: number[] = [];
  /** Namespaces that are default-denied, or were until somebody deleted that. */
  readonly #denied = new Set<Key>();
  /** Namespaces with something amiss, as far as they still wait. */
  readonly #stops = new Set<Key>();

  constructor(options: FirstDenyOptions) {
    this.#options = options;
  }

  /** Takes note of whether a namespace is denied: a deny that somebody then deletes is no first one. */
  note(key: Key): void {
    const { world } = this.#options;
    const { kind, namespace } = partsOf(key);
    const state = world.state(namespace);
    if (kind !== 'Namespace') return;
    if (state === undefined || !isToBeDenied(state)) {
      this.#denied.delete(key);
      world.forgetTurn(namespace);
    } else if (liveDeny(state).length > 0) {
      this.#denied.add(key);
      world.letGo(namespace);
    }
  }

  /** The Namespace object is gone: one that is made anew under its name is denied for the first time. */
  leave(name: string): void {
    this.#denied.delete(keyOf({ kind: 'Namespace', namespace: '', name }));
    this.#options.world.forgetTurn(name);
  }

  /** Whether there is something to ask: one that waits for its turn has nothing to write, and asks. */
  asks(key: Key, { changes }: Plan): boolean {
    return changes.length > 0 || this.#waits(key);
  }

  async ask(key: Key, plan: Plan, signal: AbortSignal): Promise<DenyAnswer> {
    const { world } = this.#options;
    const { namespace } = partsOf(key);
    const state = world.state(namespace);
    const creates = plan.changes.some(({ type }) => type === 'create');
    if (state === undefined || !(creates || isWaiting(state))) return goes;
    if (liveDeny(state).length > 0 || this.#denied.has(key)) return goes;
    const unmanaged = await this.#listUnmanaged(namespace, state, signal);
    const named = unmanaged.slice(0, mostNamed).join(', ');
    const data = { count: unmanaged.length, pods: named };
    const findings =
      unmanaged.length === 0 ? [] : [finding('Unmanaged', refOf(key), { path: [] }, data)];
    if (!this.#waits(key)) return { findings, unmanaged };
    const wait = this.#pace(key, state, findings);
    if (wait !== undefined) {
      return { wait: wait.milliseconds, findings: [...findings, ...wait.findings], unmanaged };
    }
    this.#options.onTurn(world.letGo(namespace));
    return goes;
  }

  #pace(
    key: Key,
    state: NamespaceState,
    unmanaged: readonly Finding[],
  ): { milliseconds: number; findings: readonly Finding[] } | undefined {
    const { pace, now, isHeld } = this.#options;
    if (pace === undefined) return undefined;
    const reason = this.#amiss(state, unmanaged);
    if (reason !== undefined) {
      this.#stops.add(key);
      const stopped = finding('PaceStopped', refOf(key), { path: [] }, { reason });
      return { milliseconds: stoppedPause, findings: [stopped] };
    }
    this.#stops.delete(key);
    if (this.#isStopped() || isHeld()) return { milliseconds: stoppedPause, findings: [] };
    const oldest = this.#begun.at(-pace.namespaces);
    const due = oldest === undefined ? 0 : oldest + pace.interval - now();
    if (due > 0) return { milliseconds: due, findings: [] };
    this.#begun.push(now());
    this.#begun.splice(0, this.#begun.length - pace.namespaces);
    return undefined;
  }

  #waits(key: Key): boolean {
    const state = this.#options.world.state(partsOf(key).namespace);
    return state !== undefined && isWaiting(state);
  }

  #isStopped(): boolean {
    for (const key of this.#stops) {
      if (this.#waits(key)) return true;
      this.#stops.delete(key);
    }
    return false;
  }

  #amiss(state: NamespaceState, unmanaged: readonly Finding[]): string | undefined {
    if (unmanaged.length > 0) return 'some of its pods belong to no known workload';
    const { world } = this.#options;
    const keys = [...state.workloads.keys(), ...state.resources.keys()].sort();
    const edges = keys.flatMap((each) => compile(world, each).edges);
    const pending = edges.find((edge) => judgeEdge(world, edge).state === 'Pending');
    return (
      pending && `"${pending.text}" of ${pending.source.kind} ${pending.source.name} is pending`
    );
  }

  async #listUnmanaged(
    namespace: string,
    state: NamespaceState,
    signal: AbortSignal,
  ): Promise<string[]> {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#options.client.list(resources.pods, {
        ...{ namespace, signal },
        ...(token !== undefined && { continue: token }),
      });
      const unknown = page.items.filter((pod) => isCut(pod) && !isKnown(state, labelsOf(pod)));
      names.push(...unknown.map(({ metadata }) => metadata.name));
      token = page.continue;
    } while (token !== undefined);
    return names.sort();
  }
}

/** The policy itself names whom it cuts, for whoever looks at it. */
export function withUnmanaged(plan: Plan, pods: readonly string[]): Plan {
  if (pods.length === 0) return plan;
  const changes = plan.changes.map((change) => {
    if (change.type !== 'create') return change;
    const { metadata } = change.policy;
    const annotations = {
      ...metadata.annotations,
      [unmanagedAnnotation]: pods.slice(0, 20).join(', '),
    };
    return { ...change, policy: { ...change.policy, metadata: { ...metadata, annotations } } };
  });
  return { ...plan, changes };
}

/** Whether a default-deny concerns a pod: finished ones and those on the host's network it does not. */
function isCut(pod: RawObject): boolean {
  const { phase } = (pod.status ?? {}) as { phase?: string };
  const { hostNetwork } = (pod.spec ?? {}) as { hostNetwork?: boolean };
  return phase !== 'Succeeded' && phase !== 'Failed' && hostNetwork !== true;
}

function isKnown(state: NamespaceState, labels: Labels): boolean {
  return state.selecting(labels).length > 0 || state.resourcesSelecting(labels).length > 0;
}

function labelsOf({ metadata }: RawObject): Labels {
  return (metadata.labels ?? {}) as Labels;
}
