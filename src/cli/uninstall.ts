import { compareText } from '../core/model/labels.ts';
import { isOurs } from '../core/model/ownership.ts';
import { nameOfPolicy } from '../core/model/policy.ts';
import type { PolicyRecord, WorldRecord } from '../core/model/records.ts';
import { World } from '../core/world/world.ts';
import type { KubeClient } from '../kube/client.ts';
import { resources } from '../kube/resources.ts';
import { watchedKinds } from '../operator/watched-kinds.ts';
import { type Config, settingsOf } from '../settings.ts';
import { withCluster } from './connect.ts';
import type { ExitCode, Host } from './host.ts';
import { UsageError } from './manifests.ts';
import {
  deleteLease,
  leaseName,
  type OperatorLease,
  readLease,
  refuseIfChanged,
  refuseWhileHeld,
} from './operator-lease.ts';
import { readCluster } from './read-cluster.ts';
import { removePolicies, type Stayed } from './remove-policies.ts';
import { previewUninstall } from './uninstall-preview.ts';

const whatIsLeft = `Left as they are: the CRD with every AppConnectivity resource, users' annotations and labels, and what
the operator was installed with; kubectl delete -k config/default removes the first and the last.
`;

export interface UninstallOptions {
  readonly config: Config;
  /** Do not ask. */
  readonly yes?: boolean;
}

/**
 * Removes every policy of the operator in safe order, and its Lease last. 0: all gone; 1: something
 * stayed, or the answer was no. Throws UsageError where nobody can be asked, where an operator
 * runs, and where not everything may be read.
 */
export async function uninstall(
  { config, yes = false }: UninstallOptions,
  host: Host,
): Promise<ExitCode> {
  const { ask } = host;
  if (!yes && ask === undefined) {
    throw new UsageError(
      'there is no terminal to ask on whether to remove everything; add --yes to do it unasked',
    );
  }
  return withCluster(config, host, async (client) => {
    const lease = await refuseWhileHeld(client, host);
    const settings = settingsOf(config);
    const kinds = settings.workloadKinds;
    const { records } = await readCluster(client, watchedKinds(kinds), host, kinds);
    const ours = findOurs(records);
    const world = new World(settings);
    world.load(records);
    host.print(previewUninstall(world, ours));
    if (!yes && ours.length > 0) {
      const answer = await ask?.(`Type yes to remove what is listed (${ours.length}): `);
      if (answer?.trim() !== 'yes') {
        host.say('nothing was removed');
        return 1;
      }
    }
    const now = await readLease(client);
    refuseIfChanged(lease, now);
    return removeAll(client, host, ours, now);
  });
}

function findOurs(records: readonly WorldRecord[]): PolicyRecord[] {
  return records
    .filter((record) => record.kind === 'NetworkPolicy')
    .filter(isOurs)
    .sort((a, b) => compareText(sortKey(a), sortKey(b)));
}

function sortKey({ policy }: PolicyRecord): string {
  return nameOfPolicy(policy);
}

async function removeAll(
  client: KubeClient,
  host: Host,
  ours: readonly PolicyRecord[],
  lease: OperatorLease | undefined,
): Promise<ExitCode> {
  const stayed = await removePolicies(client, ours, host);
  stayed.push(...(await findAgain(client, host, stayed)));
  if (stayed.length === 0 && lease !== undefined) {
    const reason = await deleteLease(client, lease);
    if (reason !== undefined) stayed.push({ policy: `Lease ${leaseName}`, reason });
  }
  for (const { policy, reason } of stayed) host.say(`stayed: ${policy}: ${reason}`);
  if (stayed.length > 0) return 1;
  host.print(`Removed: ${ours.length} NetworkPolicies.\n${whatIsLeft}`);
  return 0;
}

/** Policies of ours that are there although they were removed, or that are new. */
async function findAgain(
  client: KubeClient,
  host: Host,
  stayed: readonly Stayed[],
): Promise<Stayed[]> {
  const known = new Set(stayed.map(({ policy }) => policy));
  const { records } = await readCluster(client, [{ resource: resources.networkPolicies }], host);
  const names = findOurs(records).map(({ policy }) => nameOfPolicy(policy));
  const reason = 'it is there again; does an operator still run? Stop it, and uninstall once more';
  return names.filter((name) => !known.has(name)).map((policy) => ({ policy, reason }));
}
