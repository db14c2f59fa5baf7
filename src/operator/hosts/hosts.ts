import { type Key, partsOf } from '../../core/model/identity.ts';
import type { AddressesRecord, ApiServerRecord } from '../../core/model/records.ts';
import { apiServer } from '../../core/world/outside.ts';
import { rememberedAddresses } from '../../core/world/remembered-addresses.ts';
import type { World } from '../../core/world/world.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { HostMetrics } from '../metrics/hosts.ts';
import type { Change } from '../watch/store.ts';
import { ApiServerGrace } from './api-server.ts';
import { HostKeeper } from './keeper.ts';
import { defaultNameLimits, type WantedNames } from './names.ts';
import type { HostPace } from './pace.ts';
import type { HostResolver } from './resolver.ts';

/** How names are resolved. */
export interface HostSettings {
  readonly resolver: Pick<HostResolver, 'ask'>;
  readonly pace: HostPace;
}

export interface HostsOptions extends HostSettings {
  readonly world: World;
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: HostMetrics;
  /** What is known of a host is another thing now, or nobody wants it any more. */
  readonly onTold: (change: Change<AddressesRecord>) => void;
  readonly wake: (keys: ReadonlySet<Key>) => void;
}

/** Queries that run at once: a resolver answers thousands in a second, and one that is down none. */
const concurrency = 16;
/** What was written is looked through so long after the first change, and once for all until then. */
const lookPause = 200;
/**
 * The first plan waits so long for the first answers, at most (milliseconds): then what is remembered
 * has to do. Longer than one server may take to say nothing to a question, with both tries.
 */
const patience = 5_000;

/**
 * The addresses that no object of the cluster tells, of hosts and of the API server: learnt here, kept
 * in the world, and remembered by the policies that are made of them. Only a leader asks; it begins
 * with what the live policies remember, so that nothing depends on how long a process has run.
 */
export class Hosts {
  readonly #options: HostsOptions;
  readonly #keeper: HostKeeper;
  readonly #apiServer: ApiServerGrace;
  #cancelLook: (() => void) | undefined;
  #seen = 0;

  constructor(options: HostsOptions) {
    const { world, wake, pace, metrics, log, onTold } = options;
    this.#options = options;
    this.#apiServer = new ApiServerGrace({ ...options, grace: pace.grace, onOver: wake });
    this.#keeper = new HostKeeper({
      ...{ ...options, limits: defaultNameLimits, concurrency },
      isInternal: (address) => world.rangeSources.isInside(address),
      onRecord: (record) => {
        if (record.why !== undefined) log.warn({ host: record.of, why: record.why }, 'no address');
        onTold({ kind: 'apply', key: record.of, record });
      },
      onGone: (record) => onTold({ kind: 'delete', key: record.of, record }),
      onAnswer: (family, answer) => metrics.onHostAnswer(family, answer),
    });
    metrics.observeHosts(this.#keeper);
  }

  /**
   * Reads back what the policies remember, and asks for every name that is wanted. Undefined when none
   * is; else resolves when each has been asked for, or takes too long.
   */
  begin(): Promise<void> | undefined {
    const { world, clock } = this.#options;
    const remembered = rememberedAddresses(world);
    // What an earlier term has learnt and nobody has written would be known to this process alone.
    for (const record of [...world.outside.learnt()]) world.remove(record);
    this.#apiServer.begin(remembered.get(apiServer));
    const wanted = this.#wanted();
    this.#keeper.want(wanted, remembered);
    if (wanted.size === 0) return undefined;
    return new Promise((resolve) => {
      const cancel = clock.setTimer(patience, resolve);
      void this.#keeper.whenAsked().then(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Asks for nothing any more. What is known stays in the world, for runs that are under way. */
  end(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#keeper.stop();
    this.#apiServer.stop();
  }

  /** The world has changed: if somebody has written other names, they are looked through soon. */
  look(): void {
    const { world, clock } = this.#options;
    if (world.references.hostsVersion === this.#seen) return;
    this.#cancelLook ??= clock.setTimer(lookPause, () => {
      this.#cancelLook = undefined;
      this.#keeper.want(this.#wanted());
    });
  }

  /** Takes in what a watch tells of the API server's addresses; gives the keys to compile again. */
  takeApiServer(change: Change<ApiServerRecord>): ReadonlySet<Key> {
    return this.#apiServer.takeIn(change);
  }

  #wanted(): WantedNames {
    const { references } = this.#options.world;
    this.#seen = references.hostsVersion;
    const names = [...references.hosts()].map(([name, writers]) => {
      const namespaces = [...writers].map((writer) => partsOf(writer).namespace);
      return [name, new Set(namespaces)] as const;
    });
    return new Map(names);
  }
}
