import { Inventory, nameOfUnit } from '../../../src/core/inventory/inventory.ts';
import type { Item, PodItem } from '../../../src/core/inventory/items.ts';
import { isItem, readItem } from '../../../src/core/inventory/read.ts';
import type { WorldRecord } from '../../../src/core/model/records.ts';
import { defaultSettings } from '../../../src/core/model/settings.ts';
import type { PolicySource } from '../../../src/core/reach/endpoint.ts';
import { policySet } from '../../../src/core/reach/policy-set.ts';
import { isRecord, readObject } from '../../../src/core/record/read.ts';
import { createTruth, type Truth } from '../../../src/core/truth/truth.ts';
import { isOutside } from '../../../src/core/world/outside.ts';
import { apiVersionOf, type Resource, resources } from '../../../src/kube/resources.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';

/** A cluster at one moment, as `reach` and `truth` see it. */
export interface Picture {
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodItem>;
  readonly inventory: Inventory;
  /** The live policies, anyone's. */
  readonly source: PolicySource;
  /** What the declarations mean, policies or not. */
  readonly truth: Truth;
}

const kinds: readonly Resource[] = [
  ...[resources.namespaces, resources.pods, resources.services, resources.networkPolicies],
  ...[resources.deployments, resources.statefulSets, resources.daemonSets],
  ...[resources.appConnectivities, resources.nodes, resources.serviceCidrs],
];

export async function takePicture({ client }: Cluster): Promise<Picture> {
  const items: Item[] = [];
  const records: WorldRecord[] = [];
  for (const kind of kinds) {
    const listed = await client.list(kind, { limit: 0 });
    for (const raw of listed.items) {
      const item = readItem(apiVersionOf(kind), kind.kind, raw);
      if (item !== undefined && isItem(item)) items.push(item);
      const record = readObject(apiVersionOf(kind), kind.kind, raw);
      if (isRecord(record)) records.push(record);
    }
  }
  const inventory = new Inventory(items);
  const pods = inventory.units.filter((unit) => unit.kind === 'Pod');
  return {
    pods: new Map(pods.map((pod) => [nameOfUnit(pod).replace('Pod/', ''), pod])),
    inventory,
    source: policySet(inventory.namespaces, inventory.policies),
    truth: truthOf(records),
  };
}

function truthOf(records: readonly WorldRecord[]): Truth {
  const of = <K extends WorldRecord['kind']>(kind: K) =>
    records.filter((record): record is Extract<WorldRecord, { kind: K }> => record.kind === kind);
  return createTruth({
    ...{ namespaces: of('Namespace'), workloads: of('Workload'), services: of('Service') },
    ...{ resources: of('AppConnectivity'), ranges: of('ClusterRange') },
    ...{
      policies: of('NetworkPolicy'),
      outside: records.filter(isOutside),
      settings: defaultSettings,
    },
  });
}
