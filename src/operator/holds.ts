import { type Finding, finding } from '../core/model/finding.ts';
import { type Key, keyOf, partsOf, refOf } from '../core/model/identity.ts';
import { isOurs } from '../core/model/ownership.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord } from '../core/model/records.ts';
import {
  type Answer,
  Breaker,
  type BreakerEvent,
  type BreakerLimits,
  type Context,
  type Scope,
  wholeCluster,
} from '../core/plan/breaker.ts';
import { type Change, isCounted, isLoss, policyOf } from '../core/plan/change.ts';
import type { Hold } from '../core/plan/hold.ts';
import type { Plan } from '../core/plan/plan.ts';
import { unsharedParty } from '../core/world/unshared.ts';
import type { World } from '../core/world/world.ts';

/** What keeps a plan from being carried out, for its findings and for the status. */
export interface Held {
  readonly hold: Hold;
  readonly findings: readonly Finding[];
}

export interface HoldsOptions {
  readonly world: World;
  readonly limits: BreakerLimits;
  /** Nothing is written at all. */
  readonly paused: boolean;
  /** Milliseconds that never step back. */
  readonly now: () => number;
  /** Milliseconds since the epoch, against which people's times are read. */
  readonly wallClock: () => number;
  /** Kinds that are not known whole at present. */
  readonly unsynced: () => readonly string[];
  /** A breaker tripped or closed, and what people are told of it. */
  readonly onBreaker: (event: BreakerEvent, told: Finding) => void;
}

/**
 * What holds a plan back: the operator is paused; a kind may not be read any more, so that what
 * looks gone may not be, or environments would cut off the cluster's DNS (then nothing is lost, and no
 * default-deny comes); or the breaker.
 */
export class Holds {
  readonly #options: HoldsOptions;
  readonly #breaker: Breaker;
  /** What became of breakers, until a run tells it. */
  readonly #untold: Finding[] = [];

  constructor(options: HoldsOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.limits);
    if (options.paused) {
      const { operatorNamespace: name } = options.world.settings;
      const object = refOf(keyOf({ kind: 'Namespace', namespace: '', name }));
      this.#untold.push(finding('OperatorPaused', object, here, {}));
    }
  }

  get breaker(): Pick<Breaker, 'trips' | 'held'> {
    return this.#breaker;
  }

  /** What of this plan must wait. `exempt`: its losses are wanted by a mode, and ask nobody. */
  ask(key: Key, { changes }: Plan, exempt: boolean): Held {
    const losses = changes.filter(isLoss);
    const answer = this.#answer(key, exempt ? [] : losses.filter(isCounted));
    this.#note(answer.events);
    if (changes.length === 0) return free;
    if (this.#options.paused) return held({ all: true }, finding('Paused', refOf(key), here, {}));
    const unsafe = this.#unsafe(key);
    const denies = partsOf(key).kind === 'Namespace';
    if (unsafe !== undefined && (denies || losses.length > 0)) {
      return held(denies ? { all: true } : { losses: true }, unsafe);
    }
    if (answer.holds === undefined) return free;
    if (answer.holds === 'starting') return { hold: { losses: true }, findings: [] };
    const scope = answer.holds === wholeCluster ? 'the cluster' : `namespace ${answer.holds}`;
    const waits = finding('Held', refOf(key), here, { scope });
    return held({ losses: true }, waits);
  }

  /** Whether no default-deny may come at present, whatever its plan. */
  holdsDenies(): boolean {
    const { paused, unsynced, world } = this.#options;
    return paused || unsynced().length > 0 || unsharedParty(world) !== undefined;
  }

  /** A change was made, or may have been; what a person released, or a mode wanted, does not count. */
  made(key: Key, change: Change, exempt: boolean): void {
    if (!isCounted(change)) return;
    const policy = nameOfPolicy(policyOf(change));
    const counts = !exempt && !this.#isReleased(key);
    this.#breaker.lost(key, { policy, at: this.#options.now(), counts });
  }

  /** The changes of a key are made: a breaker may hold nothing any more. */
  settle(key: Key): void {
    this.#note(this.#breaker.settle(key, this.#context()));
  }

  /** The run of a key is over, whatever came of it. */
  ended(key: Key): void {
    this.#breaker.ended(key);
  }

  hasUntold(): boolean {
    return this.#untold.length > 0;
  }

  /** What became of breakers since this was last taken. Whoever takes it tells it, or gives it back. */
  takeUntold(): readonly Finding[] {
    return this.#untold.splice(0);
  }

  giveBack(untold: readonly Finding[]): void {
    this.#untold.unshift(...untold);
  }

  /** A sweep of every key begins: until it is over nothing is lost. */
  start(): void {
    this.#breaker.start();
  }

  /** The first plan of every key is known. Gives the keys that have losses to look at again. */
  begin(): readonly Key[] {
    this.#note(this.#breaker.begin(this.#context()));
    return this.#breaker.held(wholeCluster);
  }

  /** The keys that may go on when the annotations of a Namespace change. */
  waitingFor(namespace: string): readonly Key[] {
    const own = namespace === this.#options.world.settings.operatorNamespace;
    return this.#breaker.trips.size === 0 ? [] : this.#breaker.held(own ? wholeCluster : namespace);
  }

  /** Why what this key loses may be lost by mistake. */
  #unsafe(key: Key): Finding | undefined {
    const { unsynced, world } = this.#options;
    const kinds = unsynced();
    if (kinds.length > 0) {
      return finding('NotKnownWhole', refOf(key), here, { kinds: kinds.join(', ') });
    }
    const namespace = unsharedParty(world);
    return namespace === undefined
      ? undefined
      : finding('PartyNotShared', refOf(key), here, { namespace });
  }

  #answer(key: Key, losses: readonly Change[]): Answer {
    const names = losses.map((change) => nameOfPolicy(policyOf(change)));
    return this.#breaker.ask({ key, losses: names, ...this.#context() });
  }

  #context(): Context {
    const { now } = this.#options;
    return {
      now: now(),
      live: (scope, apartFrom) => countOurs(this.#options.world, scope, apartFrom),
      isReleased: (scope) => this.#isReleasedIn(scope),
    };
  }

  #isReleased(key: Key): boolean {
    return [wholeCluster, partsOf(key).namespace].some((scope) => this.#isReleasedIn(scope));
  }

  #isReleasedIn(scope: Scope): boolean {
    const { world, wallClock } = this.#options;
    const place = scope === wholeCluster ? world.settings.operatorNamespace : scope;
    const until = world.state(place)?.object?.intent.deletionsUntil;
    return until !== undefined && until > wallClock();
  }

  #note(events: readonly BreakerEvent[]): void {
    for (const event of events) {
      const told = this.#findingOf(event);
      this.#options.onBreaker(event, told);
      this.#untold.push(told);
    }
  }

  #findingOf(event: BreakerEvent): Finding {
    const { scope, lost, all, policies } = event.trip;
    const place = scope === wholeCluster ? this.#options.world.settings.operatorNamespace : scope;
    const object = refOf(keyOf({ kind: 'Namespace', namespace: '', name: place }));
    const where = scope === wholeCluster ? 'the cluster' : `namespace ${scope}`;
    if (event.type === 'closed') {
      return finding('BreakerClosed', object, here, { where, why: event.why });
    }
    const named = policies.join(', ');
    const data = {
      where,
      place,
      lost,
      all,
      policies: lost > policies.length ? `${named}, …` : named,
    };
    return finding('BreakerTripped', object, here, data);
  }
}

const here = { path: [] };

const free: Held = { hold: {}, findings: [] };

function held(hold: Hold, waits: Finding): Held {
  return { hold, findings: [waits] };
}

function countOurs(world: World, scope: Scope, apartFrom: ReadonlySet<string>): number {
  const states =
    scope === wholeCluster ? [...world.namespaces()] : [[scope, world.state(scope)] as const];
  const counts = (each: PolicyRecord) => isOurs(each) && !apartFrom.has(nameOfPolicy(each.policy));
  return states
    .map(([, state]) => [...(state?.policies.values() ?? [])].filter(counts).length)
    .reduce((sum, count) => sum + count, 0);
}
