import { allowedPorts } from '../../../src/core/reach/allowed-ports.ts';
import { policySet } from '../../../src/core/reach/policy-set.ts';
import { isEveryPort, isNoPort, type PortSet } from '../../../src/core/reach/port-set.ts';
import type { World } from '../../../src/core/world/world.ts';
import { type Comparison, compareIngress, type Named, type Side } from '../compare.ts';
import { paint } from '../page.ts';
import { describePorts } from '../ports.ts';
import { pathOf } from '../repository.ts';
import type { Stage } from '../stage.ts';
import { renderTable } from '../table.ts';
import { podOf, policiesOf, workloadsOf } from '../workloads.ts';
import { boutique } from './boutique.ts';

/** A namespace for the authors' policies: side by side with ours they would add up. */
const upstream = 'boutique-upstream';
const outside: Named = { name: 'the internet', in: () => ({ address: '203.0.113.7' }) };
const elsewhere: Named = {
  name: 'a pod of another namespace',
  in: () => ({ namespace: 'elsewhere', labels: { app: 'elsewhere' } }),
};

/** The authors' own policies, as the API server took them, beside ours. */
export async function compareWithUpstream({ page, checks, cluster, world }: Stage): Promise<void> {
  page.act(
    'Beside the policies that the authors wrote by hand',
    `Theirs are live in a namespace of their own, ${upstream}. reach judges who gets in, for every pair of Deployments and for two outsiders, on all ports of all protocols.`,
  );
  await cluster.kubectl('create', 'namespace', upstream);
  const folder = pathOf('examples/online-boutique/upstream-network-policies');
  await cluster.kubectl('apply', '--namespace', upstream, '-f', folder);
  await checks.becomes('their 13 policies are live', 13, () => policiesOf(world, upstream).length);
  const workloads = workloadsOf(world, boutique).map(
    (workload): Named => ({
      name: workload.record.ref.name,
      in: (namespace) => podOf(workload, namespace),
    }),
  );
  const [ours, theirs] = [sideOf(world, boutique), sideOf(world, upstream)];
  const sources = [...workloads, elsewhere, outside];
  const compared = compareIngress(ours, theirs, workloads, sources);
  page.lines(renderComparison(compared));
  checks.equal(
    'the same ingress for every destination but frontend',
    compared
      .filter(({ differences }) => differences.length > 0)
      .map(({ destination }) => destination),
    ['frontend'],
  );
  checks.equal(
    'frontend: theirs admits everyone on every port, ours loadgenerator and the internet',
    verdictOn(compared.find(({ destination }) => destination === 'frontend')),
    {
      same: ['loadgenerator: every port', 'the internet: every port'],
      theirsOnly: sources
        .map(({ name }) => name)
        .filter((name) => !['frontend', 'loadgenerator', outside.name].includes(name)),
      other: [],
    },
  );
  const free = [ours, theirs].map((side) => `${mayGoOut(side, workloads)} of ${workloads.length}`);
  page.note(
    `Egress is not compared: under theirs ${free[1]} Deployments may connect to the internet, under ours ${free[0]}.`,
  );
}

function sideOf(world: World, namespace: string): Side {
  return { namespace, policies: policiesOf(world, namespace).map(({ policy }) => policy) };
}

function mayGoOut({ namespace, policies }: Side, workloads: readonly Named[]): number {
  const source = policySet(new Map(), policies);
  const ports = (from: Named) => allowedPorts(source, from.in(namespace), outside.in(namespace));
  return workloads.filter((from) => !isNoPort(ports(from))).length;
}

interface Differing {
  readonly same: readonly string[];
  readonly theirsOnly: readonly string[];
  readonly other: readonly string[];
}

function verdictOn(comparison: Comparison | undefined): Differing | undefined {
  if (comparison === undefined) return undefined;
  const { same, differences } = comparison;
  const isTheirs = (each: { ours: PortSet; theirs: PortSet }) =>
    isNoPort(each.ours) && isEveryPort(each.theirs);
  return {
    same: same.map(({ source, ports }) => `${source}: ${describePorts(ports)}`),
    theirsOnly: differences.filter(isTheirs).map(({ source }) => source),
    other: differences
      .filter((each) => !isTheirs(each))
      .flatMap(({ source, ours, theirs }) => [
        `${source}: ours ${describePorts(ours)}`,
        `theirs ${describePorts(theirs)}`,
      ]),
  };
}

function renderComparison(compared: readonly Comparison[]): string[] {
  const columns = [
    { title: 'TO', most: 22 },
    { title: 'BOTH ADMIT', most: 34 },
    { title: 'DIFFERENCE', most: 34 },
  ];
  const rows = compared.map((each) => {
    const { theirsOnly, other } = verdictOn(each) ?? { theirsOnly: [], other: [] };
    const everyoneElse = theirsOnly.length > 3 && other.length === 0;
    const more = everyoneElse
      ? [`theirs also admits all ${theirsOnly.length} others`]
      : [...theirsOnly.map((name) => `theirs also admits ${name}`), ...other];
    const both = each.same.map(({ source, ports }) =>
      isEveryPort(ports) ? source : `${source}: ${describePorts(ports)}`,
    );
    return [
      each.destination,
      both.length === 0 ? 'nobody' : both,
      more.length === 0 ? 'none' : more.map((text) => paint('yellow', text)),
    ];
  });
  return renderTable(columns, rows);
}
