import type { Entry } from '../model/declaration.ts';
import { selects } from '../model/labels.ts';
import type { PolicyPeer } from '../model/policy.ts';
import type { NamespaceState, Workload } from './namespace-state.ts';
import { mayBePods, namedBy } from './references.ts';

/** Whether an entry may mean a workload of a namespace by one of these names, or without a name. */
export function mayMean(
  { peer }: Pick<Entry, 'peer'>,
  writtenIn: string,
  { namespace, called }: { readonly namespace: string; readonly called: ReadonlySet<string> },
): boolean {
  const named = namedBy(peer, writtenIn);
  if (named !== undefined) return named.namespace === namespace && called.has(named.name);
  return mayBePods(peer);
}

/** A peer of a rule, and the namespace of its pods where that is one. */
interface Meant {
  readonly peer: PolicyPeer;
  readonly namespace?: string;
}

/** Whether a peer selects the pods of a workload, by its template; `home` is the workload's namespace. */
export function isMeant(
  { peer, namespace }: Meant,
  { record }: Workload,
  home: NamespaceState,
): boolean {
  if (peer.ipBlock !== undefined) return false;
  const isThere =
    namespace === undefined
      ? selects(peer.namespaceSelector ?? {}, home.labels)
      : namespace === home.name;
  return isThere && selects(peer.podSelector ?? {}, record.labels);
}
