import { isRecord } from '../../kube/failures.ts';
import { apiVersionOf, collectionPath, objectPath, resources } from '../../kube/resources.ts';
import { type Candidate, longestLease } from './candidate.ts';

/**
 * The one Lease of a cluster, whatever namespace an operator is installed in: two operators that
 * were installed by accident meet here.
 */
export const leaseName = { namespace: 'kube-system', name: 'appconnectivity' } as const;
export const leasePath = objectPath(resources.leases, leaseName);
export const leaseCollection = collectionPath(resources.leases, leaseName.namespace);
/** Says whose the Lease is: the namespace of the operator whose replicas may hold it. */
export const installationAnnotation = 'appconnectivity.dev/installation';

type Fields = Readonly<Record<string, unknown>>;

/** A Lease as it was read. Fields that anybody may have edited count only where they make sense. */
export interface Lease {
  /** Sent back as they came, but for what a holder writes. */
  readonly metadata: Fields;
  readonly spec: Fields;
  /** '' is nobody. */
  readonly holder: string;
  /** undefined: nobody says whose it is. */
  readonly installation: string | undefined;
  /** What the holder asked for (milliseconds); undefined if it cannot be meant. */
  readonly duration: number | undefined;
  /** The last holder gave it back: it is free at once. An emptied holder alone may be a hand edit. */
  readonly released: boolean;
  /** A candidate has made it, and nobody has held it yet. */
  readonly vacant: boolean;
  /** Of what is stored; no two states of any Lease share it. */
  readonly version: string;
}

/** Reads an answer of the API server; undefined if it is no Lease that could be written again. */
export function readLease(answer: unknown): Lease | undefined {
  if (!isRecord(answer) || !isRecord(answer.metadata)) return undefined;
  const { metadata } = answer;
  const spec = isRecord(answer.spec) ? answer.spec : {};
  const { uid, resourceVersion, annotations } = metadata;
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const installation = isRecord(annotations) ? annotations[installationAnnotation] : undefined;
  const holder = typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '';
  return {
    ...{ metadata, spec, holder },
    installation: typeof installation === 'string' ? installation : undefined,
    duration: durationOf(spec.leaseDurationSeconds),
    released: holder === '' && spec.leaseDurationSeconds === releasedSeconds,
    vacant: holder === '' && (spec.renewTime ?? undefined) === undefined,
    version: `${uid} ${resourceVersion}`,
  };
}

/** As client-go does: a Lease that is given back has no holder and the shortest duration. */
const releasedSeconds = 1;

function durationOf(seconds: unknown): number | undefined {
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  return Math.min(seconds * 1000, longestLease);
}

/**
 * The Lease as the candidate holds it from now on (`wallClock`, milliseconds since the epoch, is
 * for people: nobody judges by it). Made of the one that was read, it goes through only if that is
 * still the live one; made of none, only if there is none.
 */
export function heldBy(candidate: Candidate, before: Lease | undefined, wallClock: number): object {
  const { identity, installation, leaseDuration } = candidate;
  const renewTime = timeAfter(before?.spec.renewTime, wallClock);
  const first = before === undefined || before.vacant;
  const again = before !== undefined && before.holder === identity;
  const { annotations, ...metadata }: Fields = before?.metadata ?? leaseName;
  const kept = isRecord(annotations) ? annotations : {};
  return leaseOf(
    { ...metadata, annotations: { ...kept, [installationAnnotation]: installation } },
    {
      ...before?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: leaseDuration / 1000,
      acquireTime: again ? (before.spec.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: countOf(before?.spec.leaseTransitions) + (again || first ? 0 : 1),
    },
  );
}

/** A Lease that says only how long it is to be left alone, as the last one said or the candidate. */
export function vacant(candidate: Candidate, last: Lease | undefined): object {
  const patience = Math.max(candidate.leaseDuration, last?.duration ?? 0);
  return leaseOf(leaseName, { leaseDurationSeconds: Math.ceil(patience / 1000) });
}

/** The Lease as its holder gives it back. Whose it is stays as it was. */
export function givenBack({ metadata, spec }: Lease, wallClock: number): object {
  return leaseOf(metadata, {
    ...spec,
    holderIdentity: '',
    leaseDurationSeconds: releasedSeconds,
    renewTime: timeAfter(spec.renewTime, wallClock),
  });
}

function leaseOf(metadata: Fields, spec: Fields): object {
  const { leases } = resources;
  return { apiVersion: apiVersionOf(leases), kind: leases.kind, metadata, spec };
}

/** Another text than the last, even if the clock stands still: a renewal changes the Lease. */
function timeAfter(last: unknown, wallClock: number): string {
  const time = microTime(wallClock, 0);
  return time === last ? microTime(wallClock, 1) : time;
}

/** The API's MicroTime: six digits, in UTC. */
function microTime(milliseconds: number, microseconds: number): string {
  const time = new Date(milliseconds).toISOString();
  return time.replace('Z', `00${microseconds}Z`);
}

function countOf(transitions: unknown): number {
  const usable = typeof transitions === 'number' && transitions >= 0 && transitions < 2 ** 31 - 1;
  return usable ? Math.floor(transitions) : 0;
}
