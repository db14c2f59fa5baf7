import PQueue from 'p-queue';
import type { Clock } from '../clock.ts';
import { createAlarm } from './alarm.ts';

/** At most `starts` runs start within any `interval` milliseconds. */
export interface Rate {
  readonly starts: number;
  readonly interval: number;
}

export interface SlotOptions {
  readonly clock: Clock;
  /** How many runs may be out at once. */
  readonly concurrency: number;
  /** Without it, starts are limited by `concurrency` only. */
  readonly rate?: Rate | undefined;
  /** No pause is longer than this many milliseconds, whoever asks. */
  readonly longestPause: number;
}

/**
 * When the next run may start; which one it is, the run itself decides at that moment. So at
 * most one run waits in p-queue, however many keys wait, and a change added while all slots are
 * taken still gets the first that is free.
 *
 * p-queue counts concurrency and starts per interval, nothing else. Its `timeout` and `signal`
 * stay unused: both would free the slot while the run still goes on. With a rate, it reads
 * `Date.now` and the global timers, not `clock`: should the wall clock step back just after a
 * full interval of starts, the next start waits for as long as the step.
 */
export interface Slots {
  /** Calls `run` in a slot, now or when one is free; does nothing while a run waits for one. */
  request(run: () => Promise<void>): void;
  /** Nothing starts until then; the latest time wins. */
  pauseUntil(time: number): void;
  /** Drops the run that waits, and any timer; request nothing afterwards. */
  close(): void;
}

/** Throws a TypeError that names what is wrong with `concurrency` or `rate`. */
export function createSlots({ clock, concurrency, rate, longestPause }: SlotOptions): Slots {
  const limits = rate && { intervalCap: rate.starts, interval: rate.interval, strict: true };
  const executor = new PQueue({ concurrency, ...limits });
  const resume = createAlarm(clock, start);
  let isRequested = false;
  let isClosed = false;
  let pausedUntil = -Infinity;

  function start(): void {
    executor.start();
  }

  function request(run: () => Promise<void>): void {
    if (isRequested) return;
    isRequested = true;
    void executor.add(() => {
      isRequested = false;
      return run();
    });
  }

  function pauseUntil(time: number): void {
    const now = clock.now();
    const end = Math.min(time, now + longestPause);
    if (!isClosed && end > now && end > pausedUntil) {
      pausedUntil = end;
      executor.pause();
      resume.set(end);
    }
  }

  function close(): void {
    isClosed = true;
    executor.clear();
    resume.set(undefined);
  }

  return { request, pauseUntil, close };
}
