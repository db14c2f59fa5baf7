import { listKinds } from '../../../src/cli/read-cluster.ts';
import { Inventory, nameOfUnit } from '../../../src/core/inventory/inventory.ts';
import type { Item, PodItem } from '../../../src/core/inventory/items.ts';
import { isItem, readItem } from '../../../src/core/inventory/read.ts';
import type { ApiServerRecord, WorldRecord } from '../../../src/core/model/records.ts';
import { defaultSettings, type Settings } from '../../../src/core/model/settings.ts';
import type { PolicySource } from '../../../src/core/reach/endpoint.ts';
import { policySet } from '../../../src/core/reach/policy-set.ts';
import { isRecord, readObject } from '../../../src/core/record/read.ts';
import { createTruth, type Truth } from '../../../src/core/truth/truth.ts';
import { isOutside } from '../../../src/core/world/outside.ts';
import { apiVersionOf, resources } from '../../../src/kube/resources.ts';
import { watchedKinds } from '../../../src/operator/watched-kinds.ts';
import type { Cluster } from '../../e2e/support/cluster.ts';
import { clockOf } from '../../e2e/support/operator.ts';

/** A cluster at one moment, as `reach` and `truth` see it. */
export interface Picture {
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, PodItem>;
  readonly inventory: Inventory;
  /** The live policies, anyone's. */
  readonly source: PolicySource;
  /** What the declarations mean, policies or not. */
  readonly truth: Truth;
  /** Where the API server says that it is. */
  readonly apiServer: readonly ApiServerRecord[];
}

/** Everything that the operator with these settings reads, and the pods. */
export async function takePicture(
  { client }: Cluster,
  settings: Settings = defaultSettings,
): Promise<Picture> {
  const kinds = [...watchedKinds(settings.workloadKinds), { resource: resources.pods }];
  const items: Item[] = [];
  const records: WorldRecord[] = [];
  for (const listed of await listKinds(client, kinds, { clock: clockOf(1) })) {
    const { kind } = listed;
    for (const raw of listed.items) {
      const item = readItem(apiVersionOf(kind), kind.kind, raw, settings.workloadKinds);
      if (item !== undefined && isItem(item)) items.push(item);
      const record = readObject(apiVersionOf(kind), kind.kind, raw, settings.workloadKinds);
      if (isRecord(record)) records.push(record);
    }
  }
  const inventory = new Inventory(items);
  const pods = inventory.units.filter((unit) => unit.kind === 'Pod');
  return {
    pods: new Map(pods.map((pod) => [nameOfUnit(pod).replace('Pod/', ''), pod])),
    inventory,
    source: policySet(inventory.namespaces, inventory.policies),
    truth: truthOf(records, settings),
    apiServer: records.filter(({ kind }) => kind === 'APIServer') as ApiServerRecord[],
  };
}

function truthOf(records: readonly WorldRecord[], settings: Settings): Truth {
  const of = <K extends WorldRecord['kind']>(kind: K) =>
    records.filter((record): record is Extract<WorldRecord, { kind: K }> => record.kind === kind);
  return createTruth({
    ...{ namespaces: of('Namespace'), workloads: of('Workload'), services: of('Service') },
    ...{ resources: of('AppConnectivity'), ranges: of('ClusterRange') },
    ...{ policies: of('NetworkPolicy'), outside: records.filter(isOutside), settings },
  });
}
