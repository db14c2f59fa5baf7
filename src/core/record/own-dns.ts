import { blockOf, contains } from '../model/range.ts';
import type { OwnDns } from '../model/records.ts';
import { canonicalAddresses } from './addresses.ts';
import type { RawPodSpec } from './schemas.ts';

/** A server in the pod itself, to which no policy applies. */
const loopback = ['127.0.0.0/8', '::1/128'];

/** Kubernetes refuses a Pod with more, but nobody checks the template of any other kind. */
const mostServers = 3;

/**
 * Whom pods ask for names, where that is not the cluster's DNS first:
 *
 *   dnsPolicy                             asks
 *   absent, ClusterFirst                  the cluster's DNS; with more servers, those after it
 *   ClusterFirstWithHostNet               likewise
 *   Default                               the node's servers
 *   None                                  those of dnsConfig
 *
 * Of pods on the host's network it is of no interest, since no policy applies to them.
 */
export function ownDnsOf(spec: RawPodSpec | null | undefined): { readonly dns?: OwnDns } {
  if (spec == null || spec.hostNetwork === true) return {};
  if (spec.dnsPolicy === 'Default') return { dns: {} };
  if (spec.dnsPolicy !== 'None') return {};
  const listed = (spec.dnsConfig?.nameservers ?? []).slice(0, mostServers);
  const servers = canonicalAddresses(listed).filter(
    (address) => !loopback.some((block) => contains(block, blockOf(address))),
  );
  return servers.length === 0 ? {} : { dns: { servers } };
}
