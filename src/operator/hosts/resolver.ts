import { Resolver } from 'node:dns/promises';
import { canonicalAddress } from '../../core/model/range.ts';
import type { HostProblem } from '../../core/model/records.ts';
import type { Answer, Family } from './machine.ts';

/** Asks for the addresses of a name. Never rejects; what comes after `stop` means nothing. */
export interface HostResolver {
  ask(name: string, family: Family): Promise<Answer>;
  stop(): void;
}

export interface ResolverOptions {
  /** `ADDRESS` or `ADDRESS:PORT`; absent: those of the system (`/etc/resolv.conf`). */
  readonly servers?: readonly string[];
  /** How long one server is waited for at first; a second try waits longer. Milliseconds. */
  readonly timeout: number;
}

/** What c-ares calls a failure, in our words; all others are answers that make no sense. */
const problems: Readonly<Record<string, HostProblem>> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NoAddress',
  ETIMEOUT: 'Timeout',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ECONNREFUSED: 'Unreachable',
};

/**
 * More addresses of one answer are not looked at: one message may have 4,000, as often as the server
 * likes, and of them few are kept.
 */
const mostRead = 512;

/**
 * A resolver over c-ares. As its tests hold: a name is asked for as it is, never with a search domain
 * behind it; CNAMEs are the server's work, and the TTL is the shortest of the chain; an answer that is
 * cut off is asked for again over TCP; nothing is cached; `/etc/hosts` is not read; what has another id,
 * another question or no sense is no answer.
 */
export function createHostResolver({ servers, timeout }: ResolverOptions): HostResolver {
  const resolver = new Resolver({ timeout, tries: 2 });
  if (servers !== undefined) resolver.setServers([...servers]);
  const query = (name: string, family: Family) =>
    family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true });
  return {
    ask: async (name, family) => {
      try {
        return read(await query(name, family));
      } catch (error) {
        return { miss: problems[(error as NodeJS.ErrnoException).code ?? ''] ?? 'BadAnswer' };
      }
    },
    stop: () => resolver.cancel(),
  };
}

function read(records: readonly { readonly address: string; readonly ttl: number }[]): Answer {
  const read = records.slice(0, mostRead);
  const addresses = read.flatMap(({ address }) => canonicalAddress(address) ?? []);
  if (addresses.length === 0) return { miss: 'NoAddress' };
  return { addresses, ttl: Math.min(...records.map(({ ttl }) => ttl)) * 1000 };
}
