import { setTimeout as sleep } from 'node:timers/promises';
import type { Agent, Outcome } from '../../../hack/enforcement/agent.ts';
import type { Attempt } from './attempts.ts';

/** One of many tries of an attempt. */
interface Try {
  /** When it began (performance.now). */
  readonly at: number;
  readonly outcome: Outcome;
}

/** Between two tries of one attempt. */
const pause = 20;
/** A lost first packet is sent again after a second: whoever waits as long does not see it was lost. */
const patience = { allowed: 950, denied: 40 };

/** New connections, again and again, for each of some attempts, until it is stopped. */
export class Traffic {
  readonly #agent: Agent;
  readonly #tries = new Map<string, Try[]>();
  #going = true;
  readonly #loops: Promise<void>[];

  constructor(agent: Agent, attempts: readonly Attempt[]) {
    this.#agent = agent;
    this.#loops = attempts.map((attempt) => this.#repeat(attempt));
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#loops);
  }

  /** The tries of an attempt, by what it is. */
  of(what: string): readonly Try[] {
    return this.#tries.get(what) ?? [];
  }

  get count(): number {
    return [...this.#tries.values()].reduce((sum, tries) => sum + tries.length, 0);
  }

  async #repeat(attempt: Attempt): Promise<void> {
    const tries: Try[] = [];
    this.#tries.set(attempt.what, tries);
    const wait = attempt.reach.allowed ? patience.allowed : patience.denied;
    while (this.#going) {
      const at = performance.now();
      try {
        tries.push({ at, outcome: await attempt.make(this.#agent, wait) });
      } catch {
        // Its pod is gone.
        return;
      }
      await sleep(pause);
    }
  }
}

/** Whether a packet came through. */
export function cameThrough({ outcome }: Try): boolean {
  return outcome.ended === 'open' || outcome.ended === 'refused';
}
