import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cluster, MINUTE } from './support/cluster.ts';
import { appConnectivity, type Manifest, namespace, service, workload } from './support/objects.ts';
import { TestOperator } from './support/operator.ts';
import { written } from './support/policies.ts';
import { textOf, whenLiveIsRendered } from './support/render.ts';

jest.setTimeout(2 * MINUTE);

let cluster: Cluster;
let operator: TestOperator;

beforeAll(async () => {
  cluster = await Cluster.start({ controllerManager: false });
  await cluster.install();
  operator = await TestOperator.start(cluster);
  await operator.whenReady();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.stop();
});

/** What happens to one object: it is applied, applied again, or deleted (undefined). */
type Fate = readonly [first: Manifest, ...then: (Manifest | undefined)[]];

/** The lives of some objects in two namespaces; they end with the same objects in any order. */
function fatesIn(near: string, far: string): Fate[] {
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

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lives through all fates, in an order that only keeps each object's own. */
async function live(
  fates: readonly Fate[],
  random: () => number,
  halfway = async () => {},
): Promise<void> {
  const left = fates.map((fate) => ({ object: fate[0], steps: [...fate] }));
  const total = fates.flat().length;
  for (let done = 0; done < total; done++) {
    if (done === Math.floor(total / 2)) await halfway();
    const alive = left.filter(({ steps }) => steps.length > 0);
    const chosen = alive[Math.floor(random() * alive.length)];
    const step = chosen?.steps.shift();
    if (step !== undefined) await cluster.apply(step);
    else if (chosen !== undefined) await cluster.remove(chosen.object);
  }
}

/** The policies of both namespaces, without what must differ between runs. */
async function outcomeOf(near: string, far: string): Promise<string[]> {
  const policies = [...(await cluster.policies(near)), ...(await cluster.policies(far))];
  const texts = policies.map((policy) => textOf(written(policy)));
  return texts
    .map((text) =>
      text
        .replaceAll(near, 'near')
        .replaceAll(far, 'far')
        .replaceAll(/("name":"appconn-[^"]*)-[a-z2-7]{8}"/g, '$1"')
        .replaceAll(/("appconnectivity.dev\/checksum":)"[0-9a-f]{16}"/g, '$1"…"'),
    )
    .sort();
}

describe('whatever order things happen in, the policies are the same', () => {
  let first: readonly string[];

  beforeAll(async () => {
    await liveIn(0, () => 0);
    first = await outcomeOf('near-0', 'wide-0');
    expect(first).toHaveLength(8);
  });

  /** The namespaces are there before all else: nothing can be created in one that is not. */
  async function liveIn(run: number, random: () => number, halfway?: () => Promise<void>) {
    const [near, far] = [`near-${run}`, `wide-${run}`];
    await cluster.apply(namespace(near), namespace(far));
    await live(fatesIn(near, far), random, halfway);
    await whenLiveIsRendered(cluster);
  }

  test.each([1, 2, 3, 4, 5])('in random order %i', async (run) => {
    await liveIn(run, randomOf(run));
    expect(await outcomeOf(`near-${run}`, `wide-${run}`)).toEqual(first);
  });

  test('with the operator restarted in the middle', async () => {
    await liveIn(6, randomOf(6), async () => {
      await operator.stop();
      operator = await TestOperator.start(cluster);
    });
    expect(await outcomeOf('near-6', 'wide-6')).toEqual(first);
  });

  test('with the API server restarted in the middle', async () => {
    await liveIn(7, randomOf(7), async () => {
      await cluster.plane.stopApiServer();
      await cluster.plane.startApiServer();
    });
    expect(await outcomeOf('near-7', 'wide-7')).toEqual(first);
  });

  test('with all policies deleted in the middle', async () => {
    await liveIn(8, randomOf(8), async () => {
      await cluster.kubectl(['delete', 'networkpolicies', '--all', '-A', '--wait=false']);
    });
    expect(await outcomeOf('near-8', 'wide-8')).toEqual(first);
  });
});
