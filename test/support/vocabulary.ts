import fc from 'fast-check';
import type { WorkloadKind } from '../../src/core/model/declaration.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import type { Protocol } from '../../src/core/model/policy.ts';

/*
 * The words that random worlds are made of. There are few of each, so that what one object names
 * mostly exists, labels overlap, and two random records of one kind often are the same object.
 */

/** The namespaces in which users' workloads live, the first of them most often. */
export const userNamespaces = ['shop', 'billing', 'edge'] as const;
/** Where the parties of the cluster mostly live, and users' workloads, too. */
export const partyNamespace = 'edge';
export const systemNamespace = 'kube-system';
export const openShiftNamespace = 'openshift-dns';
export const missingNamespace = 'nowhere';

/** Names of workloads and Services alike; the value of their `app` label, mostly. */
export const appNames = ['cart', 'db', 'api', 'web'] as const;
export const missingName = 'ghost';

/** Names of containerPorts, targetPorts and Service ports; one is declared by nobody. */
export const portNames = ['http', 'metrics', 'dns'] as const;
export const missingPortName = 'admin';

/** Port numbers: few, so that a `port` here is a `targetPort` there. */
export const portNumbers = [53, 80, 443, 8001, 8080, 9090] as const;

/** Ports as they are written of the cluster's DNS and of its API server. */
export const dnsPorts = [53, 53, 5353, 9153, 853, 'dns', 'dns-tcp', 'metrics', '50-5400'] as const;
export const apiServerPorts = [443, 443, 6443, 8443, '440-450', '6000-7000'] as const;

/** Ranges of ports that hold some of them, and one that holds none. */
export const portRanges = [
  [8000, 8100],
  [80, 443],
  [1, 65535],
  [9000, 9001],
] as const;

/** Blocks outside and inside the cluster, as they are written without brackets. */
export const blocks = [
  ...['203.0.113.0/24', '203.0.113.7/32', '198.51.100.0/25', '192.168.0.0/16', '10.0.0.0/8'],
  ...['10.244.1.0/24', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1/128', 'fd00::/8', '::/0'],
];

/** Blocks with smaller ones inside that `except` leaves out; some of those are the cluster. */
export const exceptions: readonly (readonly [string, readonly string[]])[] = [
  ['203.0.113.0/24', ['203.0.113.9/32', '203.0.113.128/25']],
  ['10.0.0.0/8', ['10.244.0.0/16', '10.96.0.0/12']],
  ['10.0.0.0/8', ['10.244.0.0/17', '10.244.128.0/17', '10.96.0.0/12']],
  ['10.0.0.0/8', ['10.244.0.0/17']],
  ['2001:db8::/32', ['2001:db8:1::/48']],
  ['fd00::/8', ['fd00:10:244::/56']],
];

/** Ranges that Nodes, ServiceCIDRs and the configuration may tell of. */
export const clusterRanges = [
  ...['10.244.0.0/16', '10.244.1.0/24', '10.96.0.0/12', 'fd00:10:244::/56', '203.0.113.64/26'],
];

/** Hosts outside the cluster; of the last one no address is ever known. */
export const hosts = ['api.example.com', 'files.example.com', 'ghost.example.com'] as const;

/** What their records may hold; the second half is nowhere outside the cluster. */
export const hostAddresses = [
  ...['203.0.113.7', '203.0.113.70', '198.51.100.9', '2001:db8::9', '2001:db8:1::1'],
  ...['10.1.2.3', '100.64.0.1', '169.254.169.254', '0.0.0.0', '10.244.1.5', 'fd00::1', '::1'],
  ...['64:ff9b::cb00:7107', '64:ff9b::cb00:7146', '64:ff9b::a01:203'],
];

export const nodeAddresses = ['192.168.1.10', '192.168.1.11', '10.0.0.5', 'fd00:1::10'];
export const apiServerAddresses = ['192.168.1.10', '203.0.113.200', 'fd00:1::6'];

/** Controllers of IngressClasses and GatewayClasses, and the names of those classes. */
export const controllers = ['example.com/nginx', 'example.com/envoy'] as const;
export const classNames = ['nginx', 'envoy'] as const;
export const gatewayNames = ['public', 'internal'] as const;
/** A name that an object can have and that no label can hold. */
export const longGatewayName = 'public-'.repeat(10).slice(0, 64);

/** The label of environments, and its values. */
export const environmentLabel = 'stage';
export const environmentNames = ['dev', 'test', 'prod'] as const;

/** A label that no template has and controllers put on running pods. */
export const runtimeLabels: Labels = { role: 'primary' };
/** What Kubernetes puts on the first pod of a StatefulSet of this name. */
export const ordinalLabels = (name: string): Labels => ({
  'statefulset.kubernetes.io/pod-name': `${name}-0`,
});
export const hashLabels: Labels = { 'pod-template-hash': '6d4cf56db6' };
export const dnsLabels: Labels = { 'k8s-app': 'kube-dns' };
export const konnectivityLabels: Labels = { 'k8s-app': 'konnectivity-agent' };

/** One value or another, with the weight before each. */
export function pick<Value>(
  ...choices: readonly (readonly [weight: number, choice: fc.Arbitrary<Value>])[]
): fc.Arbitrary<Value> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** The value with this chance in a hundred, else undefined. */
export function sometimes<Value>(
  percent: number,
  arbitrary: fc.Arbitrary<Value>,
): fc.Arbitrary<Value | undefined> {
  return pick<Value | undefined>([100 - percent, fc.constant(undefined)], [percent, arbitrary]);
}

export function chance(percent: number): fc.Arbitrary<boolean> {
  return pick([100 - percent, fc.constant(false)], [percent, fc.constant(true)]);
}

export const namespaceNames: fc.Arbitrary<string> = pick<string>(
  [6, fc.constant(userNamespaces[0])],
  [2, fc.constant(userNamespaces[1])],
  [1, fc.constant(userNamespaces[2])],
);

/** A namespace as an entry names it. */
export const namedNamespaces: fc.Arbitrary<string> = pick<string>(
  [6, namespaceNames],
  [1, fc.constant(systemNamespace)],
  [1, fc.constant(missingNamespace)],
);

/** A workload or Service as an entry names it. */
export const namedApps: fc.Arbitrary<string> = pick<string>(
  [12, fc.constantFrom(...appNames)],
  [1, fc.constant(missingName)],
);

/** A host as an entry names it. */
export const namedHosts: fc.Arbitrary<string> = pick<string>(
  [4, fc.constantFrom(hosts[0], hosts[1])],
  [1, fc.constant(hosts[2])],
);

export const kinds: fc.Arbitrary<WorkloadKind> = pick<WorkloadKind>(
  [3, fc.constant('Deployment')],
  [2, fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet')],
  [1, fc.constant('Rollout.argoproj.io')],
  [1, fc.constantFrom('Job', 'CronJob', 'Pod')],
);

export const someProtocol: fc.Arbitrary<Protocol> = pick<Protocol>(
  [5, fc.constant('TCP')],
  [2, fc.constant('UDP')],
  [1, fc.constant('SCTP')],
);

/** An object without its undefined fields, as exactOptionalPropertyTypes wants it. */
export function given<Value extends object>(
  value: Value,
): { [Field in keyof Value]: Exclude<Value[Field], undefined> } {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields) as never;
}
