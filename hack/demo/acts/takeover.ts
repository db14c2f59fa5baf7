import { talksTo } from '../../../src/core/intent/keys.ts';
import { resources } from '../../../src/kube/resources.ts';
import { readConfiguration, settingsFile } from '../settings.ts';
import type { Stage } from '../stage.ts';
import { portsBetween } from '../workloads.ts';
import { boutique } from './boutique.ts';

const email = { namespace: boutique, name: 'emailservice' };
const currency = { namespace: boutique, name: 'currencyservice' };

/** Two replicas, one of which writes. */
export async function takeOver({ page, checks, cluster, operators, world }: Stage): Promise<void> {
  const { leaseDuration } = (await readConfiguration()).election;
  page.act(
    'One writes, the other takes over',
    `A second replica is started. The Lease kube-system/appconnectivity says whose turn it is, and lasts ${leaseDuration} s, as by default.`,
  );
  const flow = () => portsBetween(world, email, currency);
  const annotate = (value: string | null) =>
    cluster.patch(resources.deployments, email, {
      metadata: { annotations: { [talksTo]: value } },
    });
  const first = operators.latest;
  const second = await operators.start(settingsFile);
  const roles = async () => [await first.leads(), await second.leads()];
  await checks.becomes('both are ready, and only the first leads', [true, false], roles);

  page.note(`kill -9, and meanwhile ${email.name} gets ${talksTo}: ${currency.name}.`);
  const killed = performance.now();
  checks.equal('the first is gone at once', await first.end('SIGKILL'), 'SIGKILL');
  await annotate(currency.name);
  const allowance = (leaseDuration + 2) * 1000;
  const waiting = { since: killed, patience: allowance };
  const took = await checks.becomes('the second leads', true, () => second.leads(), waiting);
  checks.equal(`that took less than the Lease and 2 s`, took < allowance, true);
  await checks.becomes('what was asked for meanwhile is carried out', '7000/tcp', flow, killed);

  const third = await operators.start(settingsFile);
  page.note('A third replica is started, and the second is told to stop, as in a rolling update.');
  const told = performance.now();
  const ended = second.end('SIGTERM');
  const handed = await checks.becomes('the third leads', true, () => third.leads(), told);
  checks.equal('that took less than 3 s', handed < 3_000, true);
  checks.equal('the second has ended by itself', await ended, 'exit code 0');
  const removed = await annotate(null);
  await checks.becomes('the third carries out what comes next', 'no port', flow, removed);
}
