import { type Key, partsOf } from '../model/identity.ts';

/** The numbers of the breaker: what has to be exceeded, all of it, to stop and ask. */
export interface BreakerLimits {
  /** Policies deleted or narrowed within the window. */
  readonly policies: number;
  /** Their share of our policies, 0 to 1. */
  readonly share: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds after which a tripped breaker closes by itself. */
  readonly expiry: number;
}

const mostNamed = 5;

/** The cluster, or one namespace. */
export type Scope = '' | (string & {});
export const wholeCluster: Scope = '';

/** Why a breaker is open: so many policies would have been lost, of so many. */
export interface Trip {
  readonly scope: Scope;
  readonly since: number;
  readonly lost: number;
  readonly all: number;
  /** The first of the policies, by namespace and name, of those known when it opened. */
  readonly policies: readonly string[];
}

/** What happened to the breaker of a scope. */
export type BreakerEvent =
  | { readonly type: 'tripped'; readonly trip: Trip }
  | { readonly type: 'closed'; readonly trip: Trip; readonly why: 'released' | 'expired' | 'gone' };

/** How things stand. */
export interface Context {
  /** How many policies of ours are live in a scope, apart from these. */
  readonly live: (scope: Scope, apartFrom: ReadonlySet<string>) => number;
  /** Whether a person has released a scope for now. */
  readonly isReleased: (scope: Scope) => boolean;
  /** Milliseconds that never step back. */
  readonly now: number;
}

/** What one key would lose. */
export interface Question extends Context {
  readonly key: Key;
  /** The policies that would be deleted or narrowed, by namespace and name. */
  readonly losses: readonly string[];
}

export interface Answer {
  /** The scope whose breaker holds the losses; `starting` until the first plan is known whole. */
  readonly holds?: Scope | 'starting';
  readonly events: readonly BreakerEvent[];
}

/** One policy that was deleted or narrowed, and when. */
interface Loss {
  readonly policy: string;
  readonly at: number;
  /** Not where a person has released it, or a mode wants it. */
  readonly counts: boolean;
}

/** What a scope has lost, the oldest first. */
interface Done {
  readonly latest: number;
  readonly losses: Map<string, Loss>;
}

/**
 * Stops what would delete or narrow too many policies at once (invariant 6), in the cluster or in
 * one namespace: more than `policies` and more than `share` of ours within `window`. Additions are
 * not its business. Until the first plan after a start is known, nothing is lost, and then it counts
 * whole. Once open, it stays so until a person releases it, it expires, or nobody wants to lose
 * anything there any more.
 */
export class Breaker {
  readonly #limits: BreakerLimits;
  readonly #wanted = new Map<Key, readonly string[]>();
  /** What runs that are not over may lose, and will soon. */
  readonly #granted = new Map<Key, readonly string[]>();
  /** The scope that lost something last is the last; one that lost nothing within the window goes. */
  readonly #done = new Map<Scope, Done>();
  readonly #trips = new Map<Scope, Trip>();
  /**
   * Until when a breaker that expired lets everything pass: else the next ten would trip it. The first
   * ends first, and goes then.
   */
  readonly #passing = new Map<Scope, number>();
  #starting = true;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  get trips(): ReadonlyMap<Scope, Trip> {
    return this.#trips;
  }

  /** The keys that have something to lose, in a scope. */
  held(scope: Scope): Key[] {
    return [...this.#wanted.keys()].filter((key) => isIn(scope, key));
  }

  /**
   * Whether the losses of a key may be made now. Asked before them, with all that it would lose.
   * A person's release of either scope lets them pass; an expiry closes no other breaker.
   * Until its run has `ended` they count as made, for others may ask meanwhile.
   */
  ask(question: Question): Answer {
    const { key, losses, isReleased } = question;
    this.#granted.delete(key);
    this.#want(key, losses);
    const scopes = scopesOf(key);
    const { namespace } = partsOf(key);
    const events = scopes.flatMap((scope) => this.#close(scope, question));
    if (losses.length === 0 || scopes.some(isReleased)) return { events };
    this.#endPassing(question.now);
    const asked = scopes.filter((scope) => !this.#passing.has(scope));
    if (asked.length === 0) return { events };
    if (this.#starting) return { holds: 'starting', events };
    // What that of the cluster held goes when it expires, but for what a namespace's holds by then.
    if (asked.includes(wholeCluster)) {
      events.push(...asked.flatMap((scope) => this.#trip(scope, losses, question)));
    }
    const holds = asked.find((scope) => this.#trips.has(scope));
    if (holds !== undefined) {
      // Else its own breaker would be open anew when that of the cluster closes, and so by turns.
      if (!asked.includes(namespace)) this.#pass(namespace, question.now);
      return { events, holds };
    }
    this.#granted.set(key, losses);
    return { events };
  }

  /** The writes of a key are made: with the last of them a breaker may have nothing to hold. */
  settle(key: Key, context: Context): BreakerEvent[] {
    return scopesOf(key).flatMap((scope) => this.#close(scope, context));
  }

  /** The run of a key is over: what it did not lose, it will not. */
  ended(key: Key): void {
    this.#granted.delete(key);
  }

  /** A policy was deleted or narrowed. */
  lost(key: Key, loss: Loss): void {
    const left = (this.#wanted.get(key) ?? []).filter((policy) => policy !== loss.policy);
    this.#want(key, left);
    if (!loss.counts) return;
    for (const scope of scopesOf(key)) {
      const losses = this.#done.get(scope)?.losses ?? new Map<string, Loss>();
      moveBehind(losses, loss.policy, loss);
      moveBehind(this.#done, scope, { latest: loss.at, losses });
    }
    for (const [scope, { latest }] of this.#done) {
      if (loss.at - latest < this.#limits.window) break;
      this.#done.delete(scope);
    }
  }

  /** Another first plan begins: what keys wanted before it is asked anew. */
  start(): void {
    this.#starting = true;
    this.#wanted.clear();
  }

  /** The first plan is known whole: what all keys want is counted together. */
  begin(context: Context): BreakerEvent[] {
    this.#starting = false;
    const scopes = new Set([...this.#wanted.keys()].map((key) => partsOf(key).namespace));
    return [wholeCluster, ...scopes].flatMap((scope) => {
      const isReleased = (key: Key) => context.isReleased(partsOf(key).namespace);
      const losses = this.#wantedIn(scope, isReleased);
      return context.isReleased(wholeCluster) ? [] : this.#trip(scope, losses, context);
    });
  }

  #isWantedIn(scope: Scope): boolean {
    for (const key of this.#wanted.keys()) if (isIn(scope, key)) return true;
    return false;
  }

  /** What all keys of a scope would lose, but for those left out. */
  #wantedIn(scope: Scope, leavesOut: (key: Key) => boolean = () => false): string[] {
    return [...this.#wanted].flatMap(([key, losses]) =>
      isIn(scope, key) && !leavesOut(key) ? losses : [],
    );
  }

  #want(key: Key, losses: readonly string[]): void {
    if (losses.length === 0) this.#wanted.delete(key);
    else this.#wanted.set(key, losses);
  }

  #trip(scope: Scope, losses: readonly string[], { live, now }: Context): BreakerEvent[] {
    if (this.#trips.has(scope)) return [];
    const done = this.#within(scope, now).map(({ policy }) => policy);
    const granted = [...this.#granted].flatMap(([key, lost]) => (isIn(scope, key) ? lost : []));
    const lost = new Set([...done, ...granted, ...losses]);
    if (lost.size <= this.#limits.policies) return [];
    // Whether one that was deleted is still known as live is a matter of moments.
    const all = lost.size + live(scope, lost);
    if (lost.size <= all * this.#limits.share) return [];
    const wanted = [...new Set([...losses, ...this.#wantedIn(scope)])].sort();
    const policies = wanted.slice(0, mostNamed);
    const trip = { scope, since: now, lost: lost.size, all, policies };
    this.#trips.set(scope, trip);
    return [{ type: 'tripped', trip }];
  }

  #close(scope: Scope, { isReleased, now }: Context): BreakerEvent[] {
    const trip = this.#trips.get(scope);
    if (trip === undefined) return [];
    const why = isReleased(scope)
      ? 'released'
      : now - trip.since >= this.#limits.expiry
        ? 'expired'
        : !this.#isWantedIn(scope)
          ? 'gone'
          : undefined;
    if (why === undefined) return [];
    this.#trips.delete(scope);
    // What went within the window still did when the rest is wanted no more.
    if (why !== 'gone') this.#done.delete(scope);
    if (why === 'expired') this.#pass(scope, now);
    return [{ type: 'closed', trip, why }];
  }

  #pass(scope: Scope, now: number): void {
    moveBehind(this.#passing, scope, now + this.#limits.window);
  }

  #endPassing(now: number): void {
    for (const [scope, until] of this.#passing) {
      if (until > now) break;
      this.#passing.delete(scope);
    }
  }

  #within(scope: Scope, now: number): Loss[] {
    const losses = this.#done.get(scope)?.losses ?? new Map<string, Loss>();
    for (const [policy, { at }] of losses) {
      if (now - at < this.#limits.window) break;
      losses.delete(policy);
    }
    return [...losses.values()];
  }
}

/** Sets an entry, and makes it the last of the map. */
function moveBehind<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

function scopesOf(key: Key): Scope[] {
  return [wholeCluster, partsOf(key).namespace];
}

function isIn(scope: Scope, key: Key): boolean {
  return scope === wholeCluster || partsOf(key).namespace === scope;
}
