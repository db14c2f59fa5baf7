import { nameOfKind } from '../../src/core/model/kinds.ts';
import { selects } from '../../src/core/model/labels.ts';
import type { MonitorPort, WorkloadRecord } from '../../src/core/model/records.ts';
import { isIsolated } from '../../src/core/truth/declared.ts';
import { reachedBy } from '../../src/core/truth/service.ts';
import type { Voices } from '../../src/core/truth/voices.ts';
import type { Feature } from './mode-features.ts';
import { addsByMonitor } from './outside-features.ts';
import type { Spoken } from './spoken.ts';

/*
 * What needs several objects that fit together: by chance alone there would be too little of it, and
 * these shares hold the generators to bringing them together.
 */

const kindOf = ({ ref }: WorkloadRecord) => nameOfKind(ref.group, ref.kind);
const isRollout = (kind: string) => kind === 'Rollout.argoproj.io';

/** The workloads that an entry means by name or by kind and name, whatever Service goes before. */
function meantBy({ world }: Voices, { peer, own }: Spoken): WorkloadRecord[] {
  if (peer.type !== 'name' && peer.type !== 'workload') return [];
  return world.workloads.filter(
    (one) =>
      one.ref.namespace === (peer.namespace ?? own) &&
      one.ref.name === peer.name &&
      (peer.type === 'name' || kindOf(one) === peer.kind),
  );
}

/** An entry that means several workloads of one name, no Service of that name being there to win. */
const meansTwoKinds = (voices: Voices, entry: Spoken) =>
  meantBy(voices, entry).length > 1 &&
  entry.rules.length > 0 &&
  !voices.world.services.some(
    ({ name, namespace }) =>
      'name' in entry.peer &&
      name === entry.peer.name &&
      namespace === meantBy(voices, entry)[0]?.ref.namespace,
  );

/** Whether a monitor adds something to a word by such a port alone. */
const addsByPort = (voices: Voices, odd: (port: MonitorPort) => boolean) => {
  const outside = voices.world.outside.map((record) =>
    record.kind === 'Monitor' ? { ...record, ports: record.ports.filter(odd) } : record,
  );
  const only = { ...voices, world: { ...voices.world, outside } };
  return addsByMonitor(only, undefined, () => true);
};

/** The workloads of users that make pods of an ingress or monitoring party. */
function partyWorkloads({ world }: Voices): WorkloadRecord[] {
  const { ingress, monitoring } = world.settings.parties;
  return world.workloads.filter(({ ref, labels }) =>
    [...ingress, ...monitoring].some(
      ({ namespace, selector }) => namespace === ref.namespace && selects(selector, labels),
    ),
  );
}

const isPartyOfPods = ({ peer, rules }: Spoken) =>
  peer.type === 'party' && ['Ingress', 'Monitoring'].includes(peer.party) && rules.length > 0;
const isHost = ({ peer, rules }: Spoken) => peer.type === 'host' && rules.length > 0;
const inEnvironments = ({ world }: Voices) => world.settings.environments !== undefined;

export const seldomFeatures: readonly Feature[] = [
  [
    'a resource about a Rollout that exists',
    6,
    ({ world, resources }) =>
      resources.some(
        ({ resource, subject }) =>
          subject.type === 'workload' &&
          isRollout(subject.kind) &&
          world.workloads.some(
            (one) =>
              isRollout(kindOf(one)) &&
              one.ref.name === subject.name &&
              one.ref.namespace === resource.namespace,
          ),
      ),
  ],
  [
    'an entry that means a Rollout by its kind',
    1,
    (voices, spoken) =>
      spoken.some(
        (entry) =>
          entry.peer.type === 'workload' &&
          isRollout(entry.peer.kind) &&
          meantBy(voices, entry).length > 0,
      ),
  ],
  [
    'a route through a Gateway whose name is too long for a label',
    8,
    ({ world: { outside } }) =>
      outside.some(
        (one) =>
          one.kind === 'Route' &&
          one.gateways.some(
            ({ namespace, name }) =>
              name.length > 63 &&
              outside.some(
                (other) =>
                  other.kind === 'Gateway' && other.name === name && other.namespace === namespace,
              ),
          ),
      ),
  ],
  [
    'a monitor that adds a port by a number that no container declares',
    4,
    (voices) =>
      addsByPort(
        voices,
        (port) =>
          'targetPort' in port &&
          typeof port.targetPort === 'number' &&
          !voices.world.workloads.some(({ ports }) =>
            ports.some((known) => known.port === port.targetPort),
          ),
      ),
  ],
  [
    'a monitor that adds a port by a name that no container declares',
    4,
    (voices) =>
      addsByPort(
        voices,
        (port) =>
          'targetPort' in port &&
          typeof port.targetPort === 'string' &&
          !voices.world.workloads.some(({ ports }) =>
            ports.some(({ name }) => name === port.targetPort),
          ),
      ),
  ],
  [
    'a party whose pods a workload of users makes',
    30,
    (voices) => partyWorkloads(voices).length > 0,
  ],
  [
    'a party whose pods are isolated by their own workload',
    20,
    (voices) =>
      partyWorkloads(voices).some(
        (one) => isIsolated(voices, one, 'Ingress') || isIsolated(voices, one, 'Egress'),
      ),
  ],
  [
    'environments and an entry of a party of pods that allows something',
    4,
    (voices, spoken) => inEnvironments(voices) && spoken.some(isPartyOfPods),
  ],
  [
    'environments and an entry of a host with addresses',
    4,
    (voices, spoken) => inEnvironments(voices) && spoken.some(isHost),
  ],
  [
    'environments, a party of pods and a host together',
    1,
    (voices, spoken) => inEnvironments(voices) && spoken.some(isPartyOfPods) && spoken.some(isHost),
  ],
  [
    'an entry that means two workloads of one name and two kinds',
    5,
    (voices, spoken) => spoken.some((entry) => meansTwoKinds(voices, entry)),
  ],
  [
    'a Service with a key that the templates it reaches lack',
    10,
    ({ world }) =>
      world.services.some(({ selector = {}, ...service }) =>
        reachedBy(world, { ...service, selector }).some(({ labels }) =>
          Object.keys(selector).some(
            (key) => labels[key] === undefined && key !== 'pod-template-hash',
          ),
        ),
      ),
  ],
];
