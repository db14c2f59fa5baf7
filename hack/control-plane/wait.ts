import { setTimeout as sleep } from 'node:timers/promises';
import type { Component } from './supervise.ts';

const LOOK_MILLISECONDS = 25;
const PATIENCE_MILLISECONDS = 60_000;

/** A component ended, or did not get ready; `log` is all that it printed. */
export class ComponentFailed extends Error {
  readonly log: string;

  constructor(message: string, log: string) {
    super(message);
    this.log = log;
  }
}

/**
 * Asks `look` again and again until it answers something other than undefined. Throws with the
 * component's last lines if the component ends meanwhile, or if a minute passes.
 */
export async function waitFor<T>(
  component: Component,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  let ended: string | undefined;
  void component.ended.then((how) => {
    ended = how;
  });
  const until = performance.now() + PATIENCE_MILLISECONDS;
  while (performance.now() < until) {
    const found = await look();
    // Looked at after `look`: something else may have answered in the place of one that is gone.
    if (ended !== undefined) throw await explain(component, `${component.name} ended (${ended})`);
    if (found !== undefined) return found;
    await sleep(LOOK_MILLISECONDS);
  }
  throw await explain(component, `${component.name} did not get ready within a minute`);

  async function explain(of: Component, happened: string): Promise<ComponentFailed> {
    const log = await of.readLog();
    const lines = log.trim().split('\n').slice(-8).join('\n  ');
    return new ComponentFailed(`${happened} while waiting for ${what}; it said:\n  ${lines}`, log);
  }
}
