import type { AccessOptions } from '../kube/kubeconfig.ts';
import type { Clock } from '../operator/clock.ts';

/** What a command may touch besides the cluster: the process around it, as `main` gives it. */
export interface Host {
  readonly environment: AccessOptions['environment'];
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly version: string;
  /** Standard output: the answer. */
  print(text: string): void;
  /** Standard error: everything that is said about the answer, a line at a time. */
  say(line: string): void;
  /** Shows how far it is, in place of what it showed before; nothing where nobody looks. */
  progress(text: string): void;
  /** An answer in the colour of yes or no, where whoever reads it wants colours. */
  paint(yes: boolean, text: string): string;
  /** Asks on the terminal; undefined where nobody could answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** How a command ends, as `--help` says: 0 and 1 are answers, 2 is wrong usage or no access. */
export type ExitCode = 0 | 1 | 2;

/** Resolves after some time (milliseconds). */
export function pause({ clock }: Pick<Host, 'clock'>, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(milliseconds, resolve);
  });
}
