import type { Clock } from '../clock.ts';
import { step } from './machine.ts';
import { type Operation, startOperation } from './operation.ts';
import { defaultPace, type Pace } from './pace.ts';
import type { Failure, Handler, Source, WatchReport } from './protocol.ts';
import type { Effect, Input, Progress, State } from './state.ts';

export interface ReflectorOptions<O> {
  readonly source: Source<O>;
  readonly handler: Handler<O>;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Every relist, reconnect, wait and so on, as it happens. */
  readonly onReport?: (report: WatchReport) => void;
  /** A handler or an observer threw. The reflector goes on with the next object. */
  readonly onProblem?: (error: unknown) => void;
  readonly pace?: Pace;
  /** Items per page of a list. */
  readonly pageSize?: number;
}

/** How a reflector is doing, for readiness: `synced` says that the handler had an `end`. */
export interface ReflectorHealth extends Pick<Progress, 'synced' | 'absent' | 'trouble'> {
  readonly state: State['name'];
}

export interface Reflector {
  /** Begins; once only. */
  start(): void;
  /** For good. No call to the handler or an observer begins after it has returned. */
  stop(): void;
  health(): ReflectorHealth;
}

/**
 * Keeps a handler up to date with a kind, for ever, through any failure of the source. The handler
 * is called synchronously and in order; what it throws goes to `onProblem`.
 */
export function createReflector<O>(options: ReflectorOptions<O>): Reflector {
  const driver = new Driver(options);
  return {
    start: () => driver.dispatch({ kind: 'start' }),
    stop: () => driver.dispatch({ kind: 'stop' }),
    health: () => driver.health(),
  };
}

/** Performs what the machine asks for, and tells it what came of it. */
class Driver<O> {
  readonly #options: ReflectorOptions<O>;
  readonly #pace: Pace;
  #state: State = { name: 'idle' };
  #progress: Pick<Progress, 'synced' | 'absent' | 'trouble'> = { synced: false, absent: false };
  /** News of any other operation is late, also if its source ignores the signal. */
  #underway: Operation | undefined;
  #cancelTimer = () => {};

  constructor(options: ReflectorOptions<O>) {
    this.#options = options;
    this.#pace = options.pace ?? defaultPace;
  }

  dispatch(input: Input<O>): void {
    const moment = { chance: this.#options.random(), pace: this.#pace };
    const [state, effects] = step(this.#state, input, moment);
    this.#state = state;
    if ('progress' in state) this.#progress = state.progress;
    for (const effect of effects) {
      // A handler may have called `stop` in between: then nothing more is begun.
      if (this.#stopped() && effect.kind !== 'close') return;
      this.#perform(effect);
    }
  }

  health(): ReflectorHealth {
    const { synced, absent, trouble } = this.#progress;
    const state = this.#state.name;
    return { state, synced, absent, ...(trouble !== undefined && { trouble }) };
  }

  #stopped(): boolean {
    return this.#state.name === 'stopped';
  }

  #perform(effect: Effect<O>): void {
    const { handler, clock, onReport } = this.#options;
    switch (effect.kind) {
      case 'list':
        void this.#list(effect.continue);
        return;
      case 'watch':
        void this.#watch(effect.resourceVersion, effect.timeoutSeconds);
        return;
      case 'timer':
        this.#cancelTimer = clock.setTimer(effect.milliseconds, () =>
          this.dispatch({ kind: 'timer' }),
        );
        return;
      case 'close':
        this.#close();
        return;
      case 'items':
        for (const object of effect.objects) this.#tell(() => handler.item(object));
        return;
      case 'begin':
      case 'end':
        this.#tell(() => handler[effect.kind]());
        return;
      case 'apply':
      case 'delete':
        this.#tell(() => handler[effect.kind](effect.object));
        return;
      case 'report':
        this.#tell(() => onReport?.(effect.report));
    }
  }

  #tell(tell: () => void): void {
    if (this.#stopped()) return;
    try {
      tell();
    } catch (error) {
      if (!this.#stopped()) this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    try {
      this.#options.onProblem?.(error);
    } catch {
      // The observer of problems is itself the problem; there is nobody left to tell.
    }
  }

  #close(): void {
    this.#cancelTimer();
    this.#underway?.end();
    this.#underway = undefined;
  }

  #begin(limit: number): Operation {
    const operation = startOperation(this.#options.clock, limit, () => {
      if (this.#underway !== operation) return;
      this.dispatch({ kind: 'idle', lasted: operation.lasted() });
    });
    this.#underway = operation;
    return operation;
  }

  #finish(operation: Operation, input: Input<O>): void {
    if (this.#underway !== operation) return;
    this.#close();
    this.dispatch(input);
  }

  /** Never rejects. */
  async #list(token: string | undefined): Promise<void> {
    const { source, pageSize = 500 } = this.#options;
    const operation = this.#begin(this.#pace.page);
    const at = token === undefined ? {} : { continue: token };
    const input = await this.#outcome(
      async () => {
        const page = await source.list({ ...at, limit: pageSize, signal: operation.signal });
        return { kind: 'page', page };
      },
      (failure) => ({ kind: 'listFailed', failure }),
    );
    this.#finish(operation, input);
  }

  /** Never rejects. */
  async #watch(resourceVersion: string, timeoutSeconds: number): Promise<void> {
    const { source } = this.#options;
    const operation = this.#begin(this.#pace.idle);
    const { signal } = operation;
    const input = await this.#outcome(
      async () => {
        for await (const event of source.watch({ resourceVersion, timeoutSeconds, signal })) {
          if (this.#underway !== operation) break;
          operation.hear();
          this.dispatch({ kind: 'watchEvent', event });
          if (this.#underway !== operation) break;
        }
        return { kind: 'watchEnded', lasted: operation.lasted() };
      },
      (failure) => ({ kind: 'watchFailed', failure, lasted: operation.lasted() }),
    );
    this.#finish(operation, input);
  }

  async #outcome(
    attempt: () => Promise<Input<O>>,
    failed: (failure: Failure) => Input<O>,
  ): Promise<Input<O>> {
    try {
      return await attempt();
    } catch (error) {
      return failed(this.#failureOf(error));
    }
  }

  #failureOf(error: unknown): Failure {
    try {
      return this.#options.source.failureOf(error);
    } catch {
      return { kind: 'failed', message: 'it failed in a way that cannot be told' };
    }
  }
}
