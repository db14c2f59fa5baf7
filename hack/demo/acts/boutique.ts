import { defaultDeny } from '../../../src/core/intent/keys.ts';
import { defaultDenyName } from '../../../src/core/model/names.ts';
import { resources } from '../../../src/kube/resources.ts';
import { countStates, edgesOf, guardEdges, renderEdges } from '../edges.ts';
import { paint } from '../page.ts';
import { pathOf } from '../repository.ts';
import type { Stage } from '../stage.ts';
import { renderTable } from '../table.ts';
import { describePolicy } from '../words.ts';
import { policiesOf, policyFor, portsBetween, workloadsOf } from '../workloads.ts';

export const boutique = 'boutique';

const dns = { namespace: 'kube-system', name: 'coredns' };

/** The five that carry annotations. */
const declared = [
  'cartservice',
  'checkoutservice',
  'frontend',
  'loadgenerator',
  'recommendationservice',
];

/** The shop as it is shipped, with our annotations as a patch. */
export async function applyBoutique({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'Online Boutique, and who talks to whom',
    'kubectl apply -k examples/online-boutique: twelve Deployments as their authors ship them. Five get the annotation talks-to, taken from the addresses in their environment, and one of these accepts-from.',
  );
  await cluster.kubectl('apply', '-k', pathOf('examples/online-boutique'));
  await checks.becomes('those five are isolated, the other seven are not', declared, () =>
    withPolicy(world),
  );
  await checks.becomes(
    'most edges are Open: allowed, but the other end would accept anyone',
    { Allowed: 3, Open: 15, 'Pending/TargetNotFound': 1 },
    () => countStates(edgesOf(world, boutique)),
  );
}

/** The label, and what follows from it for everybody who said nothing. */
export async function turnOnDefaultDeny({
  page,
  checks,
  cluster,
  observer,
  world,
}: Stage): Promise<void> {
  page.act(
    'Default-deny',
    `kubectl label namespace ${boutique} ${defaultDeny}=true: everyone is isolated. Whoever said nothing takes the word of the namespace: it admits those who named it. Times, here and below: from the API server’s answer until a watch shows the effect.`,
  );
  const before = observer.journal.length;
  const guarded = guardEdges(observer, [boutique]);
  const labels = { metadata: { labels: { [defaultDeny]: 'true' } } };
  const answered = await cluster.patch(resources.namespaces, { name: boutique }, labels);
  await checks.becomes(
    'each of the twelve has a policy of its own',
    workloadsOf(world, boutique).map(({ record }) => record.ref.name),
    () => withPolicy(world),
    answered,
  );
  await checks.becomes(
    'the namespace has its default-deny, and that makes 13',
    { deny: true, policies: 13 },
    () => ({
      deny: world.state(boutique)?.policies.has(defaultDenyName),
      policies: policiesOf(world, boutique).length,
    }),
    answered,
  );
  const written = observer.journal
    .slice(before)
    .flatMap(({ record }) =>
      record.kind === 'NetworkPolicy' ? [record.policy.metadata.name] : [],
    );
  checks.equal('the deny was written last', written.slice(written.indexOf(defaultDenyName)), [
    defaultDenyName,
  ]);
  checks.equal('looked at after every write: none of the 18 edges was ever cut', guarded(), {
    allowed: 18,
    cut: [],
  });
}

export async function showPolicies({ page, checks, world }: Stage): Promise<void> {
  page.act(
    'The policies',
    'Ports are those of the pods, as policies need them: emailservice is dialled on 5000 and listens on 8080. Whoever calls somebody may ask the cluster’s DNS; self: the replicas of one workload.',
  );
  const columns = [
    { title: 'NAME / SELECTS', most: 39 },
    { title: 'INGRESS FROM', most: 27 },
    { title: 'EGRESS TO', most: 27 },
  ];
  const rows = policiesOf(world, boutique).map(({ policy }) => {
    const { name, selects, from, to } = describePolicy(world, policy);
    return [`${name}\n  ${paint('dim', selects)}`, from, to];
  });
  page.lines(renderTable(columns, rows));
  const names = workloadsOf(world, boutique).map(({ record }) => record.ref.name);
  const dnsPorts = names.map((name) => [
    name,
    portsBetween(world, { namespace: boutique, name }, dns),
  ]);
  checks.equal(
    'the five that call somebody may ask the DNS, on port 53 only, and nobody else may',
    dnsPorts.filter(([, ports]) => ports !== 'no port'),
    declared.map((name) => [name, '53/tcp, 53/udp']),
  );
}

export async function showEdges({ page, checks, world }: Stage): Promise<void> {
  page.act(
    'Every edge, and its state',
    'What was declared, and what reach finds over the policies that are live.',
  );
  const edges = edgesOf(world, boutique);
  page.lines(renderEdges(edges));
  const others = edges.filter(({ state }) => state !== 'Allowed');
  for (const { message } of others) page.note(message);
  checks.equal(
    'all 19 are allowed but the one to shoppingassistantservice, which is not deployed',
    {
      edges: edges.length,
      others: others.map(({ workload, text, state }) => [workload, text, state]),
    },
    {
      edges: 19,
      others: [['frontend', 'talks-to shoppingassistantservice', 'Pending/TargetNotFound']],
    },
  );
}

function withPolicy(world: Stage['world']): string[] {
  return workloadsOf(world, boutique)
    .map(({ record }) => record.ref)
    .filter((ref) => policyFor(world, ref) !== undefined)
    .map(({ name }) => name);
}
