import type { Cluster } from './cluster.ts';
import { appConnectivity, type Manifest, namespace, service, workload } from './objects.ts';
import { written } from './policies.ts';
import { textOf } from './render.ts';

/** What happens to one object: it is applied, applied again, or deleted (undefined). */
export type Fate = readonly [first: Manifest, ...then: (Manifest | undefined)[]];

/** The lives of some objects in two namespaces; they end with the same objects in any order. */
export function fatesIn(near: string, far: string): Fate[] {
  const web = (talksTo: string) => workload(`${near}/web`, { talksTo });
  const api = (acceptsFrom?: string) =>
    workload(`${near}/api`, { acceptsFrom, ports: [{ name: 'http', containerPort: 8080 }] });
  const gone = workload(`${near}/gone`, { talksTo: `api, payment.${far}` });
  return [
    [namespace(near, 'true'), namespace(near), namespace(near, 'true')],
    [namespace(far), namespace(far, 'ingress')],
    [web('api'), web('not valid'), web(`api:80, payment.${far}, later`)],
    [api('none'), undefined, api(), api('web, batch')],
    [workload(`${near}/batch`, { kind: 'StatefulSet', labels: { tier: 'batch' } })],
    [workload(`${near}/silent`)],
    [gone, undefined],
    [service(`${near}/api`, 80), service(`${near}/api`, 80, 'http')],
    [service(`${near}/later`, 443, 8443, { tier: 'batch' })],
    [workload(`${far}/payment`), workload(`${far}/payment`, { acceptsFrom: `web.${near}` })],
    [
      appConnectivity(`${near}/batch`, {
        selector: { matchLabels: { tier: 'batch' } },
        talksTo: [{ service: { name: 'api' } }],
        acceptsFrom: [{ namespace: { name: far }, ports: [{ port: 8443 }] }],
      }),
    ],
    [
      appConnectivity(`${near}/vetoed`, {
        workload: { kind: 'Deployment', name: 'silent' },
        acceptsFrom: [{ nobody: true }],
      }),
      undefined,
    ],
  ];
}

/**
 * Lives through all fates, in an order that only keeps each object's own. `between` is awaited
 * before each step, and told how many there were.
 */
export async function live(
  cluster: Cluster,
  fates: readonly Fate[],
  random: () => number,
  between: (done: number) => Promise<void> = async () => {},
): Promise<void> {
  const left = fates.map((fate) => ({ object: fate[0], steps: [...fate] }));
  const total = fates.flat().length;
  for (let done = 0; done < total; done++) {
    await between(done);
    const alive = left.filter(({ steps }) => steps.length > 0);
    const chosen = alive[Math.floor(random() * alive.length)];
    const step = chosen?.steps.shift();
    if (step !== undefined) await cluster.apply(step);
    else if (chosen !== undefined) await cluster.remove(chosen.object);
  }
}

/** The policies of both namespaces, without what must differ between runs. */
export async function outcomeOf(cluster: Cluster, near: string, far: string): Promise<string[]> {
  const policies = [...(await cluster.policies(near)), ...(await cluster.policies(far))];
  return policies.map((policy) => anonymous(textOf(written(policy)), near, far)).sort();
}

/** JSON text that is the same whatever the namespaces are called: hashes in names are left out. */
export function anonymous(text: string, near: string, far: string): string {
  return text
    .replaceAll(near, 'near')
    .replaceAll(far, 'far')
    .replaceAll(/("(?:name|policy)":"appconn-[^"]*)-[a-z2-7]{8}"/g, '$1"')
    .replaceAll(/("appconnectivity.dev\/checksum":)"[0-9a-f]{16}"/g, '$1"…"');
}
