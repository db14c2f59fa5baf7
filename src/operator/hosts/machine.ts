import type { AddressesRecord, HostProblem } from '../../core/model/records.ts';
import { type HostPace, quietBeforeGrace, refreshDelay, retryDelay } from './pace.ts';

/** A and AAAA records are asked for apart: that one fails says nothing of the other. */
export const families = [4, 6] as const;
export type Family = (typeof families)[number];

/** One answer of one family; no addresses, and why, is an answer too. TTL in milliseconds. */
export type Answer =
  | { readonly addresses: readonly string[]; readonly ttl: number }
  | { readonly miss: HostProblem };

/** When an address was seen last (milliseconds since the epoch), and whether it leads into the cluster. */
interface Sighting {
  readonly seen: number;
  readonly internal: boolean;
}

interface FamilyState {
  /** Answers in a row that had no address. */
  readonly misses: number;
  readonly miss?: HostProblem;
}

/**
 * What is known of one name. An address is in force from the answer that had it until its grace is
 * over, counted from the last answer that had it. So the answers of a whole grace time add up, and it
 * makes no difference whether an address is gone from DNS or DNS is gone.
 *
 *   seen last            then it is
 *   lately               live
 *   half a grace ago     in grace, with the time of its end
 *   a grace ago          dropped with the next answer or failure, whatever that says
 *
 * Nothing is dropped by the clock alone: a process that slept, or whose clock was set, asks first.
 */
export interface HostState {
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** There was no room for some address, and there is none yet. */
  readonly full: boolean;
  readonly families: Readonly<Record<Family, FamilyState>>;
}

/** What a step depends on besides state and answer: no clock and no chance of its own. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** In [0, 1). */
  readonly chance: number;
  readonly pace: HostPace;
  readonly isInternal: (address: string) => boolean;
}

/** The next state, and in how many milliseconds this family is to be asked for again. */
export interface Stepped {
  readonly state: HostState;
  readonly wait: number;
}

const unasked: FamilyState = { misses: 0 };

/** A name of which nothing is known but what is remembered: live addresses count as seen now. */
export function recall(
  remembered: Pick<AddressesRecord, 'addresses' | 'until'> | undefined,
  moment: Omit<Moment, 'chance'>,
): HostState {
  const { now, pace } = moment;
  const { addresses, until } = remembered ?? { addresses: [], until: {} };
  const found = addresses.map((address): [string, number] => {
    const end = until[address];
    // A time beyond what would have been written is not believed.
    return [address, end === undefined ? now : Math.min(now, end - pace.grace)];
  });
  const { sightings, full } = admit(new Map(), found, moment);
  return { sightings, full, families: { 4: unasked, 6: unasked } };
}

/** Takes an answer of one family in. Pure and total: no answer makes the state outgrow its bounds. */
export function step(state: HostState, family: Family, answer: Answer, moment: Moment): Stepped {
  const { now, chance, pace } = moment;
  const known = seenBy(now, state.sightings);
  if ('miss' in answer) {
    const misses = state.families[family].misses + 1;
    const families = { ...state.families, [family]: { misses, miss: answer.miss } };
    return {
      state: { ...take(state, withoutExpired(known, moment), [], moment), families },
      wait: retryDelay(pace, misses, chance),
    };
  }
  const answered = [...new Set(answer.addresses)].sort();
  // What is in force comes first: its time is renewed before anything makes room for strangers.
  for (const address of answered) {
    const sighting = known.get(address);
    if (sighting !== undefined) known.set(address, { ...sighting, seen: now });
  }
  const kept = withoutExpired(known, moment);
  const fresh = answered.filter((address) => !kept.has(address));
  const families = { ...state.families, [family]: unasked };
  return {
    state: { ...take(state, kept, fresh, moment), families },
    wait: refreshDelay(pace, answer.ttl, chance),
  };
}

/** Where the clock was set back, what would have been seen later was seen now. */
function seenBy(now: number, sightings: HostState['sightings']): Map<string, Sighting> {
  const entries = [...sightings].map(([address, sighting]) => {
    const seen = Math.min(sighting.seen, now);
    return [address, { ...sighting, seen }] as const;
  });
  return new Map(entries);
}

function take(
  { full }: HostState,
  kept: ReadonlyMap<string, Sighting>,
  fresh: readonly string[],
  moment: Moment,
): Omit<HostState, 'families'> {
  const found = fresh.map((address): [string, number] => [address, moment.now]);
  const admitted = admit(kept, found, moment);
  const hasRoom = countUsable(admitted.sightings) < moment.pace.mostAddresses;
  return { ...admitted, full: admitted.full || (full && !hasRoom) };
}

/** Adds addresses while there is room for their sort; `full`: there was none for a usable one. */
function admit(
  sightings: ReadonlyMap<string, Sighting>,
  found: readonly (readonly [address: string, seen: number])[],
  { pace, isInternal }: Pick<Moment, 'pace' | 'isInternal'>,
): Omit<HostState, 'families'> {
  const all = new Map(sightings);
  let usable = countUsable(all);
  let internals = all.size - usable;
  let full = false;
  for (const [address, seen] of found) {
    const internal = isInternal(address);
    if (internal ? internals >= pace.mostInternal : usable >= pace.mostAddresses) {
      full ||= !internal;
      continue;
    }
    if (internal) internals++;
    else usable++;
    all.set(address, { seen, internal });
  }
  return { sightings: all, full };
}

function countUsable(sightings: ReadonlyMap<string, Sighting>): number {
  return [...sightings.values()].filter(({ internal }) => !internal).length;
}

function withoutExpired(
  sightings: ReadonlyMap<string, Sighting>,
  { now, pace }: Moment,
): Map<string, Sighting> {
  return new Map([...sightings].filter(([, { seen }]) => seen + pace.grace > now));
}

/** The record of a name: equal as long as nothing comes, goes, or fades into its grace. */
export function recordOf(
  name: string,
  { sightings, full, families }: HostState,
  { now, pace }: Pick<Moment, 'now' | 'pace'>,
): AddressesRecord {
  const addresses = [...sightings.keys()].sort();
  const until = addresses.flatMap((address) => {
    const { seen = now } = sightings.get(address) ?? {};
    if (now - seen < quietBeforeGrace(pace)) return [];
    // Whole seconds, as people read them, and never sooner.
    return [[address, Math.ceil((seen + pace.grace) / 1000) * 1000] as const];
  });
  const why = addresses.length === 0 ? reasonOf(families) : undefined;
  return {
    ...{ kind: 'Addresses', of: name, addresses, until: Object.fromEntries(until) },
    ...(why !== undefined && { why }),
    ...(full && { full: true }),
  };
}

/** Of two reasons the one that says more: that one family has no records is usual. */
function reasonOf(of: HostState['families']): HostProblem | undefined {
  const [v4, v6] = [of[4].miss, of[6].miss];
  if (v4 === undefined || v6 === undefined) return undefined;
  return v4 === 'NoAddress' ? v6 : v4;
}
