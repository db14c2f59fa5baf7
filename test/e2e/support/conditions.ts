import type { Cluster } from './cluster.ts';
import type { Manifest } from './objects.ts';

export interface LiveCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** One condition of a resource as it is live; undefined while there is none. */
export async function conditionOf(
  cluster: Cluster,
  resource: Manifest,
  type: string,
): Promise<LiveCondition | undefined> {
  const live = await cluster.get(resource);
  const status = live?.status as { conditions?: readonly LiveCondition[] } | undefined;
  return status?.conditions?.find((each) => each.type === type);
}
