import type { PartyName } from '../../src/core/model/declaration.ts';
import type { Direction } from '../../src/core/model/policy.ts';
import type { OutsideRecord, WorkloadRecord } from '../../src/core/model/records.ts';
import { apiServerSources, apiServerTargets } from '../../src/core/truth/api-server.ts';
import { isDenied, isIsolated, isVetoed } from '../../src/core/truth/declared.ts';
import { areTogether } from '../../src/core/truth/environments.ts';
import { hostPeers } from '../../src/core/truth/hosts.ts';
import { metricsRules } from '../../src/core/truth/metrics.ts';
import { isGke } from '../../src/core/truth/nodes.ts';
import { routeRules } from '../../src/core/truth/routes.ts';
import type { Rule } from '../../src/core/truth/rule.ts';
import type { Voices } from '../../src/core/truth/voices.ts';
import { webhookRules } from '../../src/core/truth/webhooks.ts';
import type { Feature } from './mode-features.ts';
import { hosts } from './vocabulary.ts';

/** An entry of a party that allows something. */
const partyRow = (party: PartyName, direction: Direction, percent: number): Feature => [
  `an entry of the party ${party} that allows something, ${direction}`,
  percent,
  (_, spoken) =>
    spoken.some(
      (one) =>
        one.peer.type === 'party' &&
        one.peer.party === party &&
        one.direction === direction &&
        one.rules.length > 0,
    ),
];

/** The workloads to whose ingress words automatic allowances are added. */
function open(voices: Voices): WorkloadRecord[] {
  return voices.world.workloads.filter(
    (one) => isIsolated(voices, one, 'Ingress') && !isVetoed(voices, one, 'Ingress'),
  );
}

function without(voices: Voices, dropped: (record: OutsideRecord) => boolean): Voices {
  const outside = voices.world.outside.filter((record) => !dropped(record));
  return { ...voices, world: { ...voices.world, outside } };
}

/** Whether what routes or metrics add changes in number without some records. */
const matters = (
  read: (voices: Voices, workload: WorkloadRecord) => readonly Rule[],
  dropped: (record: OutsideRecord) => boolean,
) => {
  return (voices: Voices) => {
    const fewer = without(voices, dropped);
    return open(voices).some((one) => read(voices, one).length !== read(fewer, one).length);
  };
};

const isRoute = (record: OutsideRecord, ingress: boolean) =>
  record.kind === 'Route' && (record.ref.kind === 'Ingress') === ingress;

const routeFeatures: readonly Feature[] = [
  ['an Ingress that adds to a word', 5, matters(routeRules, (one) => isRoute(one, true))],
  [
    'a route of the Gateway API that adds to a word',
    8,
    matters(routeRules, (one) => isRoute(one, false)),
  ],
  [
    'a ReferenceGrant that adds to a word',
    1,
    matters(routeRules, ({ kind }) => kind === 'ReferenceGrant'),
  ],
  [
    'an Ingress without a class that the default class serves',
    1,
    matters(
      routeRules,
      (one) => one.kind === 'Route' && one.ref.kind === 'Ingress' && one.className === undefined,
    ),
  ],
  [
    'a backend in another namespace without a grant',
    2,
    ({ world }) =>
      world.outside.some(
        (one) =>
          one.kind === 'Route' &&
          one.backends.some(({ namespace }) => namespace !== one.ref.namespace) &&
          !world.outside.some(({ kind }) => kind === 'ReferenceGrant'),
      ),
  ],
];

const metricsFeatures: readonly Feature[] = [
  [
    'metrics that add to a word',
    20,
    (voices) => open(voices).some((one) => metricsRules(voices, one).length > 0),
  ],
  [
    'a ServiceMonitor that adds to a word',
    3,
    (voices) => addsByMonitor(voices, 'ServiceMonitor', () => true),
  ],
  [
    'a PodMonitor that adds to a word',
    3,
    (voices) => addsByMonitor(voices, 'PodMonitor', () => true),
  ],
  [
    'a monitor of another namespace that adds to a word',
    1,
    (voices) => addsByMonitor(voices, undefined, (home, other) => home !== other),
  ],
];

export function addsByMonitor(
  voices: Voices,
  kind: string | undefined,
  fits: (home: string, namespace: string) => boolean,
): boolean {
  return open(voices).some((one) => {
    const fewer = without(
      voices,
      (record) =>
        record.kind === 'Monitor' &&
        (kind ?? record.ref.kind) === record.ref.kind &&
        fits(record.ref.namespace, one.ref.namespace),
    );
    const textOf = (from: Voices) => JSON.stringify(metricsRules(from, one));
    return textOf(voices) !== textOf(fewer);
  });
}

function withoutEnvironments({ world, ...voices }: Voices): Voices {
  const { environments: _, ...settings } = world.settings;
  return { ...voices, world: { ...world, settings } };
}

const environmentFeatures: readonly Feature[] = [
  ['environments', 20, ({ world }) => world.settings.environments !== undefined],
  [
    'an entry that crosses environments',
    3,
    (voices, spoken) =>
      spoken.some(
        ({ peer, own }) =>
          'namespace' in peer &&
          peer.namespace !== undefined &&
          !areTogether(voices, own, peer.namespace),
      ),
  ],
  [
    'a wide entry that is narrowed',
    2,
    (voices, spoken) =>
      spoken.some(
        ({ peer, own }) =>
          ['cluster', 'namespaces'].includes(peer.type) &&
          voices.world.workloads.some(({ ref }) => !areTogether(voices, own, ref.namespace)),
      ),
  ],
  [
    'a route of which the pods of a Gateway are left out',
    0.5,
    (voices) => {
      const all = withoutEnvironments(voices);
      return open(voices).some(
        (one) => routeRules(voices, one).length < routeRules(all, one).length,
      );
    },
  ],
  [
    'namespaces of different environments that are together',
    2,
    (voices) => {
      const label = voices.world.settings.environments?.label;
      const { namespaces } = voices.world;
      return namespaces.some((a) =>
        namespaces.some(
          (b) =>
            label !== undefined &&
            a.labels[label] !== b.labels[label] &&
            areTogether(voices, a.name, b.name),
        ),
      );
    },
  ],
];

/** What is not in a namespace's own words: parties, hosts, DNS profiles, allowances, environments. */
export const outsideFeatures: readonly Feature[] = [
  partyRow('KubeAPIServer', 'Egress', 2),
  partyRow('KubeAPIServer', 'Ingress', 2),
  partyRow('DNS', 'Egress', 3),
  partyRow('DNS', 'Ingress', 3),
  partyRow('Nodes', 'Egress', 2),
  partyRow('Nodes', 'Ingress', 2),
  partyRow('Ingress', 'Egress', 2),
  partyRow('Ingress', 'Ingress', 2),
  partyRow('Monitoring', 'Egress', 2),
  partyRow('Monitoring', 'Ingress', 2),
  [
    'an entry of a party that is not known',
    5,
    (_, spoken) => spoken.some(({ peer, rules }) => peer.type === 'party' && rules.length === 0),
  ],
  [
    'an entry of a host with addresses',
    8,
    (_, spoken) => spoken.some(({ peer, rules }) => peer.type === 'host' && rules.length > 0),
  ],
  [
    'a host of which some addresses are internal and some are not',
    10,
    ({ world }) =>
      hosts.some((host) => {
        const usable = hostPeers(world, host).length;
        const known = world.outside.flatMap((one) =>
          one.kind === 'Addresses' && one.of === host ? one.addresses : [],
        );
        return usable > 0 && usable < known.length;
      }),
  ],
  ['Google Kubernetes Engine', 8, ({ world }) => isGke(world)],
  [
    'the DNS Service of OpenShift',
    5,
    ({ world }) => world.services.some(({ namespace }) => namespace === 'openshift-dns'),
  ],
  ['an API server as a target', 20, ({ world }) => apiServerTargets(world).length > 0],
  ['an API server as a source', 40, ({ world }) => apiServerSources(world).length > 0],
  [
    'an agent of the API server on the host’s network',
    1,
    ({ world }) =>
      world.workloads.some(
        ({ ref, hostNetwork }) => ref.name === 'konnectivity-agent' && hostNetwork,
      ),
  ],
  ...routeFeatures,
  ...metricsFeatures,
  [
    'a webhook that adds to a word',
    3,
    (voices) => open(voices).some((one) => webhookRules(voices.world, one).length > 0),
  ],
  [
    'an automatic allowance that is denied',
    10,
    (voices) =>
      open(voices).some((one) =>
        (['routes', 'metrics', 'webhooks'] as const).some((what) => isDenied(voices, one, what)),
      ),
  ],
  [
    'a workload of a kind that is not of Kubernetes',
    5,
    ({ world }) => world.workloads.some(({ ref }) => ref.group === 'argoproj.io'),
  ],
  [
    'a Pod, Job or CronJob',
    15,
    ({ world }) => world.workloads.some(({ ref }) => ['Pod', 'Job', 'CronJob'].includes(ref.kind)),
  ],
  [
    'pods or namespaces by labels in an annotation',
    10,
    ({ workloads }) =>
      workloads.some(({ declarations }) =>
        declarations.some(({ entries }) =>
          entries.some(({ peer }) => peer.type === 'pods' || peer.type === 'namespaces'),
        ),
      ),
  ],
  ...environmentFeatures,
];
