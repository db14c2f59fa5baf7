import { constants } from 'node:os';

const listened = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Signals {
  /** From now on the next signal only resolves this. */
  next(): Promise<void>;
}

/**
 * Ends the process, as a shell expects it, once `stop` is done; at once at the second signal. What
 * is only just being started then has no `stop` yet, and ends with the process.
 */
export function listenForSignals(stop: () => Promise<void>): Signals {
  let onSignal = (signal: (typeof listened)[number]) => {
    const exit = () => process.exit(128 + constants.signals[signal]);
    onSignal = exit;
    stop().then(exit, exit);
  };
  for (const signal of listened) process.on(signal, () => onSignal(signal));
  return {
    next: () =>
      new Promise((resolve) => {
        onSignal = () => resolve();
      }),
  };
}
