import { compileAll } from '../../src/core/compile/compile.ts';
import { judgeEdges } from '../../src/core/judge/judge.ts';
import { nothingDenied } from '../../src/core/model/declaration.ts';
import type { Labels } from '../../src/core/model/labels.ts';
import type { WorldRecord } from '../../src/core/model/records.ts';
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
