/**
 * What `can-reach` has to answer, spelled out for one question at a time: it knows the drawing of
 * a cluster and its policies, and shares nothing with the product but types.
 */
import type { Labels } from '../../src/core/model/labels.ts';
import { type Protocol, protocols } from '../../src/core/model/policy.ts';
import { naivelyAllowed } from '../../src/core/reach/fixtures/naive.ts';
import type { Party } from '../../src/core/reach/party.ts';
import {
  type Case,
  madeBy,
  type PodDrawing,
  type ServiceDrawing,
  type WorkloadDrawing,
} from './reach-arbitraries.ts';

type Maker = PodDrawing | WorkloadDrawing;
type Target = readonly [Maker | string, number, Protocol];

/** The ports at which something may change, for the ports that the drawings use. */
const corners = [1, 2, 78, 79, 80, 81, 82, 89, 90, 91, 92, 65_534, 65_535];

export function naiveAnswer(given: Case): 'yes' | 'no' | 'unknown' {
  const { from, to } = given.question;
  const [source, target] = [lookUp(given, from), lookUp(given, to)];
  if (source === undefined || target === undefined) return 'unknown';
  const senders = isService(source) ? podsBehind(given, source) : [source];
  if (senders === undefined || senders.length === 0) return 'unknown';
  const wanted = wantedOf(given, target);
  if (wanted === 'unknown' || wanted === 'no') return wanted;
  const isReached = senders.every((sender) =>
    wanted.every((ways) => ways.some((way) => passes(given, sender, way))),
  );
  return isReached ? 'yes' : 'no';
}

function lookUp(given: Case, text: string): Maker | ServiceDrawing | string | undefined {
  if (/^[\d.]+$|:/.test(text)) {
    const holder = given.pods.find(
      (pod) => pod.addresses.includes(text) && !hasEnded(pod) && !pod.hostNetwork,
    );
    const service = given.services.find(
      ({ clusterIP, type }) => clusterIP === text && type === 'ClusterIP',
    );
    return (holder && { ...holder, addresses: [text] }) ?? service ?? text;
  }
  const everybody: readonly (Maker | ServiceDrawing)[] = [
    ...given.pods,
    ...given.workloads,
    ...given.services,
  ];
  const [namespace, , name] = text.split('/');
  return everybody.find((each) => each.namespace === namespace && each.name === name);
}

function isService(party: Maker | ServiceDrawing | string): party is ServiceDrawing {
  return typeof party === 'object' && 'clusterIP' in party;
}

function hasEnded({ phase }: PodDrawing): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

/** Undefined where nothing tells who they are. */
function podsBehind(given: Case, service: ServiceDrawing): Maker[] | undefined {
  const wanted = Object.entries(service.selector);
  if (service.type === 'ExternalName' || wanted.length === 0) return undefined;
  const isMeant = (each: { namespace: string; labels: Labels }) =>
    each.namespace === service.namespace &&
    wanted.every(([key, value]) => each.labels[key] === value);
  const running = given.pods.filter(isMeant).filter((pod) => !hasEnded(pod));
  const absent = given.workloads
    .filter(isMeant)
    .filter(({ name }) => !running.some((pod) => pod.of === name && pod.labels[madeBy] === name));
  return [...running, ...absent];
}

/** Each of the lists has to hold one way that is open. */
function wantedOf(
  given: Case,
  target: Maker | ServiceDrawing | string,
): 'unknown' | 'no' | readonly (readonly Target[])[] {
  const { port, protocol } = given.question;
  if (isService(target)) return wantedOfService(given, target);
  if (typeof port === 'number') return [[[target, port, protocol ?? 'TCP']]];
  if (port === undefined) return everyPortOf([target]);
  if (typeof target === 'string') return 'unknown';
  const named = target.ports.filter(
    (each) => each.name === port && (protocol ?? each.protocol) === each.protocol,
  );
  if (named.length === 0) return 'unknown';
  return named.map((each) => [[target, each.port, each.protocol]]);
}

function wantedOfService(given: Case, service: ServiceDrawing) {
  const { port, protocol } = given.question;
  const behind = podsBehind(given, service)?.map((each) => overFamilyOf(service, each));
  if (behind === undefined) return 'unknown';
  if (behind.length === 0) return 'no';
  const isHeadless = service.type === 'headless';
  if (isHeadless && typeof port === 'number') {
    return [behind.map((pod): Target => [pod, port, protocol ?? 'TCP'])];
  }
  if (isHeadless && port === undefined && service.ports.length === 0) {
    return everyPortOf(behind);
  }
  const meant = service.ports.filter((each) => {
    if (typeof port === 'number')
      return each.port === port && each.protocol === (protocol ?? 'TCP');
    return (port ?? each.name) === each.name && (protocol ?? each.protocol) === each.protocol;
  });
  if (meant.length === 0) return 'no';
  return meant.map((each) =>
    behind.flatMap((pod): Target[] => {
      if (typeof each.targetPort === 'number') return [[pod, each.targetPort, each.protocol]];
      const own = pod.ports.find(
        (declared) => declared.name === each.targetPort && declared.protocol === each.protocol,
      );
      return own === undefined ? [] : [[pod, own.port, each.protocol]];
    }),
  );
}

/** A pod of both families, by its addresses of the Service's own. */
function overFamilyOf({ type, clusterIP }: ServiceDrawing, each: Maker): Maker {
  if (type !== 'ClusterIP' || clusterIP === undefined || !('addresses' in each)) return each;
  const isV6 = (address: string) => address.includes(':');
  const same = each.addresses.filter((address) => isV6(address) === isV6(clusterIP));
  return same.length === 0 ? each : { ...each, addresses: same };
}

/** Some of them lets every port in. */
function everyPortOf(targets: readonly (Maker | string)[]): readonly (readonly Target[])[] {
  return [targets.map((each): Target => [each, every, 'TCP'])];
}

/** Stands for every port, of every protocol that is asked for. */
const every = 0;

function passes(given: Case, sender: Maker | string, [target, port, protocol]: Target): boolean {
  if (port === every) {
    const spoken = given.question.protocol === undefined ? protocols : [given.question.protocol];
    return spoken.every((one) =>
      corners.every((each) => passes(given, sender, [target, each, one])),
    );
  }
  const world = { ...given, from: partyOf(sender), to: partyOf(target) };
  const policies = new Map(
    given.policies.map((each) => [`${each.metadata.namespace}/${each.metadata.name}`, each]),
  );
  return naivelyAllowed({ ...world, policies: [...policies.values()] }, port, protocol);
}

function partyOf(each: Maker | string): Party {
  if (typeof each === 'string') return { address: each };
  return 'phase' in each ? each : nameless(each);
}

/** Replicas of a workload differ, so that it has no name of its own. */
function nameless({ namespace, labels, ports, hostNetwork }: WorkloadDrawing): Party {
  return { namespace, labels, ports, hostNetwork };
}
