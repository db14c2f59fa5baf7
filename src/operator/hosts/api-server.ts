import type { Key } from '../../core/model/identity.ts';
import type { AddressesRecord, ApiServerRecord } from '../../core/model/records.ts';
import { apiServer } from '../../core/world/outside.ts';
import type { World } from '../../core/world/world.ts';
import type { Clock } from '../clock.ts';
import type { Change } from '../watch/store.ts';
import { type Retired, recordOfRetired, retire } from './retired.ts';

export interface ApiServerGraceOptions {
  readonly world: World;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Milliseconds for which an address stays allowed that the API server has left. */
  readonly grace: number;
  /** The grace of some addresses is over. */
  readonly onOver: (keys: ReadonlySet<Key>) => void;
}

/** Keeps the addresses that the API server has left in the world, until their grace is over. */
export class ApiServerGrace {
  readonly #options: ApiServerGraceOptions;
  #retired: Retired = new Map();
  /** Between `begin` and `stop`: otherwise nobody plans, and a beginning reads what policies remember. */
  #keeps = false;
  #cancel = () => {};

  constructor(options: ApiServerGraceOptions) {
    this.#options = options;
  }

  /**
   * What policies remember, for a world that nothing has been compiled of: what was dialled then, and
   * is not now, was left meanwhile.
   */
  begin(remembered: AddressesRecord | undefined): void {
    const { addresses = [], until = {}, ports = [] } = remembered ?? {};
    this.#retired = new Map(Object.entries(until));
    this.#keeps = true;
    this.#retire(addresses, ports);
  }

  stop(): void {
    this.#keeps = false;
    this.#cancel();
  }

  /**
   * Takes in what a watch tells of an EndpointSlice; gives the keys to compile again. An address that
   * goes is never missing in between: the world changes twice, and only then is anybody asked to look.
   */
  takeIn({ kind, record }: Change<ApiServerRecord>): ReadonlySet<Key> {
    const { world } = this.#options;
    const before = world.outside.apiServerAddresses();
    const ports = world.outside.apiServerPorts();
    const keys = kind === 'delete' ? world.remove(record) : world.put(record);
    return this.#keeps ? new Set([...keys, ...this.#retire(before, ports)]) : keys;
  }

  #retire(
    before: Iterable<string>,
    ports = this.#options.world.outside.apiServerPorts(),
  ): ReadonlySet<Key> {
    const { world, wallClock, grace, clock, onOver } = this.#options;
    const now = wallClock();
    const present = new Set(world.outside.dialled());
    const was = this.#retired;
    this.#retired = retire(was, { before, present }, { now, grace });
    this.#cancel();
    const next = Math.min(...this.#retired.values());
    if (Number.isFinite(next)) {
      this.#cancel = clock.setTimer(Math.max(1, next - now), () => onOver(this.#retire([])));
    }
    const hasPorts = world.outside.dialledPorts().length > 0;
    const record = recordOfRetired(this.#retired, hasPorts ? [] : ports);
    const known = world.outside.learntOf(apiServer);
    if (known === undefined && record.addresses.length === 0) return new Set();
    return record.addresses.length === 0 ? world.remove(record) : world.put(record);
  }
}
