import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import { nothingDenied } from '../../src/core/model/declaration.ts';
import { canonicalSelector, type Labels } from '../../src/core/model/labels.ts';
import type {
  ApiServerRecord,
  Backend,
  ClassRecord,
  GatewayRecord,
  GrantRecord,
  MonitorPort,
  MonitorRecord,
  NodeFacts,
  RangeRecord,
  RouteRecord,
  WebhookRecord,
  WorldRecord,
} from '../../src/core/model/records.ts';
import {
  defaultSettings,
  type PartySettings,
  type Settings,
} from '../../src/core/model/settings.ts';
import { judge } from '../../src/core/reach/judge.ts';
import type { Party } from '../../src/core/reach/party.ts';
import { policySet } from '../../src/core/reach/policy-set.ts';
import { messageOf } from '../../src/core/status/messages.ts';
import { World } from '../../src/core/world/world.ts';
import { namespace, service, servicePort, workload } from './builders.ts';
import { applied } from './writes.ts';

/** Ingress pods and monitoring pods as most installations name them. */
export const ingressNginx = {
  namespace: 'ingress-nginx',
  selector: { matchLabels: { app: 'nginx' } },
  controllers: ['k8s.io/ingress-nginx'],
} as const;
export const prometheus = {
  namespace: 'monitoring',
  selector: { matchLabels: { app: 'prometheus' } },
} as const;

export const nginxPod: Party = { namespace: 'ingress-nginx', labels: { app: 'nginx' } };
export const prometheusPod: Party = { namespace: 'monitoring', labels: { app: 'prometheus' } };

/** Settings that know these parties. */
export function knowing(parties: Partial<PartySettings> = {}): Settings {
  const known = { ingress: [ingressNginx], monitoring: [prometheus], ...parties };
  return {
    ...defaultSettings,
    deny: nothingDenied,
    parties: { ...defaultSettings.parties, ...known },
  };
}

/** The namespaces of the parties, and a shop whose ingress is denied, with `web` behind a Service. */
export const shop: readonly WorldRecord[] = [
  namespace('ingress-nginx'),
  namespace('monitoring'),
  namespace('shop', { deny: 'ingress' }),
  workload('shop/web', { ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] }),
  service('shop/web', [servicePort(80, 8080, { name: 'http' })], { labels: { app: 'web' } }),
];

export function worldFrom(settings: Settings, ...records: readonly WorldRecord[]): World {
  const world = new World(settings);
  world.load(records);
  return world;
}

/** Whether the compiled policies let a party in to a port of a workload, by `namespace/name`. */
export function letsIn(world: World, from: Party, path: string, port: number): boolean {
  const policies = compileAll(world).flatMap((each) => each.policies);
  const [, found] = [...world.keys()]
    .map((key) => [key, world.workload(key)] as const)
    .find(([key]) => key.endsWith(`/${path}`)) ?? ['', undefined];
  if (found === undefined) throw new Error(`no workload ${path}`);
  const { ref, labels, ports } = found.record;
  const namespaces = [...world.namespaces()].map(
    ([name, { object }]) => [name, object?.record.labels ?? {}] as const,
  );
  const source = policySet(new Map<string, Labels>(namespaces), policies);
  const to = { namespace: ref.namespace, labels, ports };
  return judge(source, from, to, port, 'TCP').ingress.allowed;
}

/** Every edge, once all policies are live: `text: State/Reason: message`. */
export function statesOf(world: World): string[] {
  const all = compileAll(world);
  for (const { policies } of all) for (const policy of policies) world.put(applied(policy));
  return judgeEdges(
    world,
    all.flatMap(({ edges }) => edges),
  ).map(({ edge, state }) => {
    const message = messageOf(state.reason);
    const reason = state.reason.code === state.state ? '' : `/${state.reason.code}`;
    return `${edge.text}: ${state.state}${reason}${message === '' ? '' : `: ${message}`}`;
  });
}

export function ingress(
  path: string,
  backends: readonly Omit<Backend, 'namespace'>[],
  className?: string,
): RouteRecord {
  const { namespace, name } = split(path);
  const ref = { group: 'networking.k8s.io', kind: 'Ingress', namespace, name };
  return {
    ...{ kind: 'Route', ref, gateways: [] },
    backends: backends.map((each) => ({ namespace, ...each })),
    ...(className !== undefined && { className }),
  };
}

export const gatewayGroup = 'gateway.networking.k8s.io';

/** An HTTPRoute through one Gateway, by `namespace/name`, to Services with a port each. */
export function httpRoute(
  path: string,
  gateway: string,
  backends: readonly Backend[],
  kind = 'HTTPRoute',
): RouteRecord {
  const ref = { group: gatewayGroup, kind, ...split(path) };
  return { kind: 'Route', ref, gateways: [split(gateway)], backends };
}

export function gateway(path: string, className = 'main'): GatewayRecord {
  return { kind: 'Gateway', ...split(path), className };
}

export function classOf(
  kind: ClassRecord['of'],
  name: string,
  controller: string,
  isDefault = false,
): ClassRecord {
  return { kind: 'Class', of: kind, name, controller, isDefault };
}

/** A ReferenceGrant for HTTPRoutes of one namespace. */
export function grant(path: string, from: string, to?: string): GrantRecord {
  const source = { group: gatewayGroup, kind: 'HTTPRoute', namespace: from };
  return { kind: 'ReferenceGrant', ...split(path), from: [source], to: [to] };
}

export function monitor(
  path: string,
  matchLabels: Labels,
  ports: readonly MonitorPort[],
  parts: { readonly of?: string; readonly namespaces?: MonitorRecord['namespaces'] } = {},
): MonitorRecord {
  const { of = 'ServiceMonitor', namespaces = 'own' } = parts;
  const ref = { group: 'monitoring.coreos.com', kind: of, ...split(path) };
  return { kind: 'Monitor', ref, selector: canonicalSelector({ matchLabels }), namespaces, ports };
}

export function webhook(name: string, services: readonly Backend[]): WebhookRecord {
  const group = 'admissionregistration.k8s.io';
  const ref = { group, kind: 'ValidatingWebhookConfiguration', namespace: '', name };
  return { kind: 'Webhook', ref, services };
}

export function apiServer(
  name: string,
  addresses: readonly string[],
  port = 6443,
): ApiServerRecord {
  return { kind: 'APIServer', name, addresses, ports: [{ port, protocol: 'TCP' }] };
}

export function node(name: string, address: string, facts: Partial<NodeFacts> = {}): RangeRecord {
  const about = { addresses: [address], controlPlane: false, gke: false, ...facts };
  return { kind: 'ClusterRange', source: `Node/${name}`, ranges: [], node: about };
}

function split(path: string): { namespace: string; name: string } {
  const slash = path.indexOf('/');
  return { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
}
