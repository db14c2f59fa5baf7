import { setTimeout as sleep } from 'node:timers/promises';
import { talksTo } from '../../../src/core/intent/keys.ts';
import { keyOf } from '../../../src/core/model/identity.ts';
import { specText } from '../../../src/core/plan/compare.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { Stage } from '../stage.ts';
import { policiesOf, policyFor, portsBetween } from '../workloads.ts';
import { boutique } from './boutique.ts';

const email = { namespace: boutique, name: 'emailservice' };
const currency = { namespace: boutique, name: 'currencyservice' };
const ad = { namespace: boutique, name: 'adservice' };

export async function changeAnnotation({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'An annotation comes and goes',
    `${email.name} gets ${talksTo}: ${currency.name}, and loses it again. The policies of both ends follow.`,
  );
  const flow = () => portsBetween(world, email, currency);
  const rest = () => policiesOf(world, boutique).map(({ policy }) => specText(policy));
  const before = rest();
  checks.equal(`${email.name} may not connect to ${currency.name}`, flow(), 'no port');
  const annotate = (value: string | null) =>
    cluster.patch(resources.deployments, email, {
      metadata: { annotations: { [talksTo]: value } },
    });
  const added = await annotate(currency.name);
  await checks.becomes('added: it may, on exactly that Service’s port', '7000/tcp', flow, added);
  const removed = await annotate(null);
  await checks.becomes('removed: it may not', 'no port', flow, removed);
  await checks.becomes('every policy says again what it said before', before, rest, removed);
}

/** A pod is kept from going by a finalizer, as one is that takes long to shut down. */
export async function deleteDeployment({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'A Deployment goes, and its policy after it',
    `${ad.name} is deleted, while a finalizer holds its pod, as a slow shutdown would. The policy protects the pod to its end; pods are asked for after 2 s, and then after twice as long each time.`,
  );
  const name = policyFor(world, ad)?.policy.metadata.name ?? '';
  const isLive = () => world.state(boutique)?.policies.has(name) ?? false;
  const pod = { namespace: boutique, name: await podOf(cluster) };
  const hold = (finalizers: readonly string[]) =>
    cluster.patch(resources.pods, pod, { metadata: { finalizers } });
  await hold(['demo.appconnectivity.dev/hold']);
  const deleted = await cluster.remove(resources.deployments, ad);
  const workload = keyOf({ kind: 'Deployment', ...ad });
  await checks.becomes(
    'the Deployment is gone and its policy is not',
    { deployment: false, policy: true },
    () => ({ deployment: world.workload(workload) !== undefined, policy: isLive() }),
  );
  await sleep(Math.max(0, deleted + 2_500 - performance.now()));
  checks.equal(
    '2.5 s later the pod still shuts down, and its policy is still there',
    isLive(),
    true,
  );
  const released = await hold([]);
  await checks.becomes('the pod is gone, so its policy goes', false, isLive, released);
}

async function podOf({ kubectl }: Stage['cluster']): Promise<string> {
  const of = ['--namespace', boutique, '--selector', `app=${ad.name}`];
  return kubectl('get', 'pods', ...of, '--output', 'jsonpath={.items[0].metadata.name}');
}

/** Generated policies are watched too, so what others do to them does not last. */
export async function meddle({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'Somebody meddles',
    'A generated policy is deleted by hand, and then edited so that it admits everyone.',
  );
  const live = () => policyFor(world, currency);
  const before = live();
  const text = before && specText(before.policy);
  const name = { namespace: boutique, name: before?.policy.metadata.name ?? '' };
  const textUnless = (same: 'uid' | 'resourceVersion', as: typeof before) => () => {
    const now = live();
    return now?.[same] === as?.[same] ? 'not yet touched' : now && specText(now.policy);
  };
  const deleted = await cluster.remove(resources.networkPolicies, name);
  const isBack = textUnless('uid', before);
  await checks.becomes('deleted: it is back, word for word', text, isBack, deleted);
  const isRight = textUnless('resourceVersion', live());
  const edited = await cluster.patch(resources.networkPolicies, name, { spec: { ingress: [{}] } });
  await checks.becomes('edited: it says again what it should', text, isRight, edited);
}
