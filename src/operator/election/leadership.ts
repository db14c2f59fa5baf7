import type { Fence } from '../../kube/fence.ts';

/**
 * Whether this process is the one that writes. As a fence it lets writes through for as long as
 * nobody else can be the one: what remains is read from the clock each time, so a process that was
 * stopped for a while knows when it wakes.
 */
export interface Leadership extends Fence {
  isLeader(): boolean;
  /** Tells of every change, also of one that was made good at once: whoever begins to lead sweeps. */
  onChange(listener: (leads: boolean) => void): void;
}

/** For an operator without election: the caller vouches that there is no other. */
export function leadingAlone(): Leadership {
  const { signal } = new AbortController();
  return { isLeader: () => true, remaining: () => Infinity, signal, onChange: () => {} };
}
