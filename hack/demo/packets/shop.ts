import { bare, outside } from '../../enforcement/addresses.ts';
import type { Agent } from '../../enforcement/agent.ts';
import type { Node } from '../../enforcement/node.ts';
import type { Dialled, Place, Reach } from './matrix.ts';

interface PlaceOfPod extends Place {
  /** Of the Deployment; undefined outside. */
  readonly namespace?: string;
}

/** The Deployments of manifests/shop.yaml, one pod each, and an address outside of the cluster. */
export const places: readonly PlaceOfPod[] = [
  { namespace: 'shop', name: 'frontend', port: 8080 },
  { namespace: 'shop', name: 'cart', port: 7070 },
  { namespace: 'shop', name: 'redis', port: 6379 },
  { namespace: 'shop', name: 'batch', port: 9090 },
  { namespace: 'payments', name: 'payment', port: 8443 },
  { name: outside.pod, port: 443 },
];

/** What the annotations say. */
export const declared: Reach = {
  frontend: ['cart', 'payment'],
  cart: ['redis'],
  redis: [],
  batch: [],
  payment: ['outside'],
  outside: ['frontend'],
};

/** What is open as long as whoever said nothing may do anything. */
export const openBefore: Reach = {
  ...declared,
  redis: ['cart', 'batch', 'outside'],
  batch: ['cart', 'redis', 'outside'],
  outside: ['frontend', 'cart', 'redis', 'batch'],
};

/** Somebody who dials and answers. */
interface End extends Place {
  /** As the agent knows it. */
  readonly pod: string;
  readonly address: string;
}

/** Those of `places` who are on the network, which a Deployment is by its pod. */
export function endsOf({ pods }: Pick<Node, 'pods'>): End[] {
  return places.flatMap((place) => {
    if (place.namespace === undefined) return [{ ...place, ...endOutside }];
    const prefix = `${place.namespace}/${place.name}-`;
    const [pod, [address] = []] = [...pods].find(([name]) => name.startsWith(prefix)) ?? [];
    return pod === undefined || address === undefined ? [] : [{ ...place, pod, address }];
  });
}

const endOutside = {
  pod: outside.pod,
  address: bare(outside.addresses[0]),
};

/** Opens a new TCP connection from each to each, all at once, and waits so long for an answer. */
export function dialAll(
  agent: Pick<Agent, 'dial'>,
  ends: readonly End[],
  milliseconds: number,
): Promise<Dialled[]> {
  const pairs = ends.flatMap((from) =>
    ends.filter((to) => to !== from).map((to) => ({ from, to })),
  );
  return Promise.all(
    pairs.map(async ({ from, to }) => {
      const { ended, by, why } = await agent.dial({
        ...{ from: from.pod, source: from.address, address: to.address, port: to.port },
        ...{ protocol: 'TCP', milliseconds },
      });
      const astray = ended === 'open' && by !== to.pod ? `answered by ${by}` : undefined;
      return { from: from.name, to: to.name, ended: astray ?? why ?? ended };
    }),
  );
}
