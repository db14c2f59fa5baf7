import type { KubeClient } from '../../kube/client.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Candidate } from './candidate.ts';
import { failureOf } from './failure.ts';
import type { Leadership } from './leadership.ts';
import { type Lease, leaseCollection, leasePath, readLease } from './lease.ts';
import { step } from './machine.ts';
import type { Effect, Input, Report, State, Trouble } from './state.ts';
import { sentenceOf } from './words.ts';

export interface ElectionOptions {
  /** Not fenced, and with connections that no other call can take. */
  readonly client: Pick<KubeClient, 'request'>;
  readonly candidate: Candidate;
  readonly clock: Clock;
  /** Milliseconds since the epoch, for the times in the Lease. */
  readonly wallClock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly onReport?: (report: Report) => void;
}

export interface Election {
  readonly leadership: Leadership;
  /** Begins to take part; once only. */
  start(): void;
  /** Gives the Lease back if it is ours. Nothing may be under way that the fence lets through. */
  stop(): Promise<void>;
  /** Why this process can neither lead nor stand by; undefined when it can. */
  trouble(): Trouble | undefined;
}

/** Takes part in the election of the one process that writes, for ever, through any failure. */
export function createElection(options: ElectionOptions): Election {
  const driver = new Driver(options);
  return {
    leadership: driver,
    start: () => driver.dispatch({ kind: 'start' }),
    stop: () => driver.stop(),
    trouble: () => driver.trouble(),
  };
}

/** Performs what the machine asks for, and tells it what came of it. */
class Driver implements Leadership {
  readonly #options: ElectionOptions;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #listeners: ((leads: boolean) => void)[] = [];
  /** Inputs that came while effects were being performed. */
  readonly #inputs: Input[] = [];
  #state: State = { name: 'idle' };
  #term = new AbortController();
  /** The outcome of any other call is late, also if the client ignores the signal. */
  #underway: AbortController | undefined;
  #cancelTimer = () => {};
  #busy = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#term.abort();
  }

  get signal(): AbortSignal {
    return this.#term.signal;
  }

  remaining(): number {
    if (this.#state.name !== 'leading') return 0;
    return Math.max(0, this.#state.until - this.#options.clock.now());
  }

  isLeader(): boolean {
    return this.remaining() > 0;
  }

  onChange(listener: (leads: boolean) => void): void {
    this.#listeners.push(listener);
  }

  trouble(): Trouble | undefined {
    return this.#state.name === 'standby' ? this.#state.trouble : undefined;
  }

  stop(): Promise<void> {
    this.dispatch({ kind: 'stop' });
    return this.#stopped.promise;
  }

  dispatch(input: Input): void {
    this.#inputs.push(input);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      this.#take(next);
    }
    this.#busy = false;
  }

  #take(input: Input): void {
    const { candidate, clock, wallClock, random } = this.#options;
    const moment = { candidate, now: clock.now(), wallClock: wallClock(), chance: random() };
    const [state, effects] = step(this.#state, input, moment);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state.name === 'stopped') this.#stopped.resolve();
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case 'read':
        void this.#call('GET', leasePath, undefined, effect.timeout);
        return;
      case 'create':
        void this.#call('POST', leaseCollection, effect.lease, effect.timeout);
        return;
      case 'replace':
        void this.#call('PUT', leasePath, effect.lease, effect.timeout);
        return;
      case 'timer':
        this.#cancelTimer = this.#options.clock.setTimer(effect.milliseconds, () =>
          this.dispatch({ kind: 'timer' }),
        );
        return;
      case 'close':
        this.#cancelTimer();
        this.#underway?.abort();
        this.#underway = undefined;
        return;
      case 'report':
        this.#report(effect.report);
    }
  }

  /** Never rejects. */
  async #call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: object | undefined,
    timeoutMilliseconds: number,
  ): Promise<void> {
    const controller = new AbortController();
    this.#underway = controller;
    const { signal } = controller;
    const input = await this.#outcome(method, () =>
      this.#options.client.request(method, path, { body, signal, timeoutMilliseconds }),
    );
    if (this.#underway !== controller) return;
    this.#underway = undefined;
    this.dispatch(input);
  }

  async #outcome(method: string, call: () => Promise<unknown>): Promise<Input> {
    try {
      const lease = readLease(await call());
      if (lease !== undefined) return heard(method, lease);
      const message = `${method} ${leasePath} was not answered with a Lease`;
      return { kind: 'failed', failure: { kind: 'failed', message } };
    } catch (error) {
      return { kind: 'failed', failure: failureOf(error) };
    }
  }

  #report(report: Report): void {
    if (report.event === 'gained') this.#term = new AbortController();
    if (report.event === 'lost') this.#term.abort();
    this.#tell(() => {
      logReport(this.#options, report);
      this.#options.onReport?.(report);
    });
    if (report.event !== 'gained' && report.event !== 'lost') return;
    for (const listener of this.#listeners) this.#tell(() => listener(report.event === 'gained'));
  }

  /** Nobody who is told of a change can keep the Lease from being renewed. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'a bug: not told of a change of leader');
    }
  }
}

function heard(method: string, lease: Lease): Input {
  return { kind: method === 'GET' ? 'read' : 'written', lease };
}

function waiting(holder: string, identity: string): string {
  const nobody = holder === '' || holder === identity;
  return nobody
    ? 'nobody seems to lead; this process does if that is so for one lease'
    : 'another process leads; this one stands by';
}

function logReport({ log, candidate }: ElectionOptions, report: Report): void {
  const { identity, installation } = candidate;
  switch (report.event) {
    case 'gained':
      log.info({ identity }, 'this process leads: it writes from now on');
      return;
    case 'lost':
      if (report.why === undefined) log.info({ identity }, 'this process gives the Lease back');
      else log.warn({ identity, why: report.why }, 'this process leads no more: it writes nothing');
      return;
    case 'standby':
      log.info({ identity, holder: report.holder }, waiting(report.holder, identity));
      return;
    case 'slow':
      log.debug({ identity }, 'the Lease was changed by somebody else; it is read again');
      return;
    case 'unrenewed':
      log.warn({ identity, error: report.failure.message }, 'the Lease could not be renewed yet');
      return;
    case 'trouble':
      log.warn({ identity }, sentenceOf(report.trouble, installation));
  }
}
