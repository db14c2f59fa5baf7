import { keyOf } from '../../../src/core/model/identity.ts';
import { resources } from '../../../src/kube/resources.ts';
import { pathOf } from '../repository.ts';
import type { Stage } from '../stage.ts';
import { portsBetween } from '../workloads.ts';
import { boutique } from './boutique.ts';

const payer = { namespace: boutique, name: 'paymentservice' };
const bank = { namespace: 'payments', name: 'bank-gateway' };
const resource = { namespace: boutique, name: 'charge-cards' };

/** What the demo reads of a resource's status. */
interface Status {
  readonly summary?: string;
  readonly edges?: readonly { state: string; reason: string; message?: string }[];
  readonly conditions?: readonly { type: string; status: string }[];
}

export async function askForConsent({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'Two namespaces, two words',
    `The AppConnectivity ${resource.name} lets ${payer.name} talk to ${bank.name} in ${bank.namespace}, a default-deny namespace of another team, which has to agree.`,
  );
  await cluster.kubectl('apply', '-f', pathOf('hack/demo/manifests/payments.yaml'));
  await checks.becomes(
    `${bank.namespace} is default-deny`,
    2,
    () => world.state(bank.namespace)?.policies.size,
  );
  const created = await cluster.create(resources.appConnectivities, boutique, 'charge-cards.yaml');
  const waiting = { state: 'Pending', reason: 'ConsentRequired', ready: '0/1' };
  await checks.becomes(
    'its status waits for consent: 0/1',
    waiting,
    () => inShort(statusIn(world)),
    created,
  );
  const message = statusIn(world).edges?.[0]?.message ?? '';
  page.note(`status.edges[0].message: ${message}`);
  const flow = () => portsBetween(world, payer, bank);
  checks.equal(`${payer.name} may not connect to ${bank.name}`, flow(), 'no port');
  const answered = await cluster.patch(resources.deployments, bank, consentIn(message));
  page.note(`The team of ${bank.namespace} writes that line.`);
  await checks.becomes('it may, on the port of its pods behind 443', '8443/tcp', flow, answered);
  const agreed = { state: 'Allowed', reason: 'Allowed', ready: '1/1' };
  await checks.becomes(
    'its status is content: 1/1',
    agreed,
    () => inShort(statusIn(world)),
    answered,
  );
}

/** The annotation that the message asks for, taken at its word. */
function consentIn(message: string): object {
  const [, key, value] =
    /add (\S+\/accepts-from): (\S+) to Deployment bank-gateway /.exec(message) ?? [];
  if (key === undefined) throw new Error(`the status does not say what to write: ${message}`);
  return { metadata: { annotations: { [key]: value } } };
}

function statusIn(world: Stage['world']): Status {
  const found = world.resource(keyOf({ kind: 'AppConnectivity', ...resource }));
  return (found?.record.status ?? {}) as Status;
}

function inShort({ edges = [], summary }: Status): object {
  const [edge] = edges;
  return { state: edge?.state, reason: edge?.reason, ready: summary };
}
