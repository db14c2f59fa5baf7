import { errorText } from '../error-text.ts';
import type { Log } from './log.ts';
import type { Told } from './take-in.ts';

export interface HearingOptions {
  readonly log: Log;
  /** Takes a change into the world, and has those look again whom it affects. */
  readonly takeIn: (change: Told) => void;
  /** Takes it into the world, and no more. */
  readonly fill: (change: Told) => void;
  /** Has everything looked at again. */
  readonly lookAtAll: () => void;
}

/**
 * Hears of changes, and never throws: a change is told once, so one that cannot be taken in would leave
 * policies as they are for good. It is taken in without asking whom it affects, and then everything is
 * looked at again.
 */
export function hearing(options: HearingOptions): (change: Told) => void {
  const { log, takeIn, fill, lookAtAll } = options;
  const complain = ({ key, record: { kind } }: Told, error: unknown, message: string) => {
    const stack = error instanceof Error ? error.stack : undefined;
    log.error({ kind, key, error: errorText(error), stack }, message);
  };
  return (change) => {
    try {
      takeIn(change);
      return;
    } catch (error) {
      complain(change, error, 'a change could not be taken in; everything is looked at again');
    }
    try {
      fill(change);
    } catch (error) {
      complain(change, error, 'what a change says is not known until the object changes again');
    }
    try {
      lookAtAll();
    } catch (error) {
      complain(
        change,
        error,
        'not everything could be looked at again; the next change tries anew',
      );
    }
  };
}
