import { Connections } from '../src/core/inventory/connections.ts';
import { Inventory, nameOfUnit, type Unit } from '../src/core/inventory/inventory.ts';
import { namespaceNameLabel } from '../src/core/model/names.ts';
import type { NetworkPolicy, PolicyPeer, PolicySpec } from '../src/core/model/policy.ts';
import { liveMegabytes, spend } from './measure.ts';

const perNamespace = 50;

function countPairs(size: number, senders?: number): () => number {
  const units = Array.from({ length: size }, (_, index) => unitOf(index));
  const policies = units.flatMap((_, index) => policiesOf(index, size));
  const namespaces = new Set(units.map(({ namespace }) => namespace));
  const inventory = new Inventory(units);
  for (const name of namespaces) inventory.namespaces.set(name, { team: name });
  const from = senders === undefined ? undefined : new Set(units.slice(0, senders).map(nameOfUnit));
  return () => {
    let pairs = 0;
    const connections = new Connections(inventory, policies);
    for (const _ of connections.between({ from, to: undefined })) pairs++;
    return pairs;
  };
}

function namespaceOf(index: number): string {
  return `ns${Math.floor(index / perNamespace)}`;
}

function unitOf(index: number): Unit {
  const name = `app${index}`;
  return {
    ...{ kind: 'Template', of: 'Deployment', namespace: namespaceOf(index), name },
    labels: { app: name, tier: `tier${index % 5}`, 'app.kubernetes.io/part-of': 'shop' },
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ...{ hostNetwork: false, owner: undefined, selector: { matchLabels: { app: name } } },
  };
}

/** Who may come in, with a block; and where it may go, with all pods of a label anywhere. */
function policiesOf(index: number, size: number): NetworkPolicy[] {
  const near = (distance: number) => peerOf((index + distance + size) % size);
  const port = { port: 'http', protocol: 'TCP' } as const;
  const block = { ipBlock: { cidr: '10.0.0.0/8', except: ['10.96.0.0/12'] } };
  const ingress = [{ from: [near(1), near(2), near(perNamespace), block], ports: [port] }];
  const anywhere = { namespaceSelector: {}, podSelector: { matchLabels: { tier: 'tier0' } } };
  const egress = [{ to: [near(-1), near(-2), near(-perNamespace)] }, { to: [anywhere] }];
  return [
    policyOf(index, 'in', { policyTypes: ['Ingress'], ingress }),
    policyOf(index, 'out', { policyTypes: ['Egress'], egress }),
  ];
}

function peerOf(index: number): PolicyPeer {
  return {
    namespaceSelector: { matchLabels: { [namespaceNameLabel]: namespaceOf(index) } },
    podSelector: { matchLabels: { app: `app${index}` } },
  };
}

function policyOf(index: number, name: string, spec: PolicySpec): NetworkPolicy {
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
    metadata: { namespace: namespaceOf(index), name: `app${index}-${name}` },
    spec: { podSelector: { matchLabels: { app: `app${index}` } }, ...spec },
  };
}

// What bench/reach.ts measures in a process of its own: arguments SIZE and, perhaps, SENDERS.
const [size = 0, senders] = process.argv.slice(2).map(Number);
const work = countPairs(size, senders);
liveMegabytes();
const { value: pairs, cpuSeconds } = await spend(work);
const megabytes = process.resourceUsage().maxRSS / 1000;
console.log(JSON.stringify({ pairs, cpuSeconds, megabytes }));
