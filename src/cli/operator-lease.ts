import { defaultSettings } from '../core/model/settings.ts';
import { errorText } from '../error-text.ts';
import type { KubeClient } from '../kube/client.ts';
import { isConflict, isForbidden, isNotFound } from '../kube/errors.ts';
import {
  installationAnnotation,
  leasePath as path,
  leaseName as place,
} from '../operator/election/lease.ts';
import { type Host, pause } from './host.ts';
import { UsageError } from './manifests.ts';

export const leaseName = `${place.namespace}/${place.name}`;

/** What is read of a Lease; whatever else stands in it was perhaps written by hand. */
export interface OperatorLease {
  readonly uid: string;
  readonly resourceVersion: string;
  /** '' when nobody holds it. */
  readonly holder: string;
  /** Milliseconds after which a holder that has not renewed it has lost it. */
  readonly duration: number;
  /** The namespace of the operator, where the Lease tells. */
  readonly installation: string | undefined;
}

const defaultSeconds = 15;
/** Whoever asks for more renews far more often. */
const mostSeconds = 60;
const pollPause = 1000;

/** The Lease as it is now; undefined when there is none. */
export async function readLease(
  client: Pick<KubeClient, 'get'>,
): Promise<OperatorLease | undefined> {
  try {
    return parse((await client.get(path)) as RawLease);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (!isForbidden(error)) throw error;
    throw new UsageError(
      `these credentials may not read the Lease ${leaseName}, which tells whether an operator runs; use those of an administrator`,
    );
  }
}

/**
 * Whether an operator runs: it renews the Lease while we look, for as long as the Lease lasts. Only
 * what is seen to change counts, since clocks differ. Gives the Lease as it was seen last, or throws
 * UsageError with what to do.
 */
export async function refuseWhileHeld(
  client: Pick<KubeClient, 'get'>,
  host: Pick<Host, 'clock' | 'progress'>,
): Promise<OperatorLease | undefined> {
  const first = await readLease(client);
  if (first === undefined || first.holder === '') return first;
  const end = host.clock.now() + first.duration;
  host.progress(`looking for ${first.duration / 1000} s whether ${first.holder} still runs…`);
  while (host.clock.now() < end) {
    await pause(host, pollPause);
    const now = await readLease(client);
    if (now === undefined || now.holder === '') return now;
    refuseIfChanged(first, now);
  }
  return first;
}

/** Throws UsageError if somebody has taken or renewed the Lease since it was seen. */
export function refuseIfChanged(
  seen: OperatorLease | undefined,
  now: OperatorLease | undefined,
): void {
  if (now === undefined || now.holder === '') return;
  if (now.uid === seen?.uid && now.resourceVersion === seen.resourceVersion) return;
  const namespace = now.installation ?? defaultSettings.operatorNamespace;
  throw new UsageError(
    `an operator runs (${now.holder} renews the Lease ${leaseName}) and would write the policies again; stop it first: kubectl -n ${namespace} scale deployment appconnectivity --replicas=0`,
  );
}

/** Deletes the Lease as it was seen; gives why it stays, or undefined when it is gone. */
export async function deleteLease(
  client: Pick<KubeClient, 'remove'>,
  { uid, resourceVersion }: OperatorLease,
): Promise<string | undefined> {
  try {
    await client.remove(path, { uid, resourceVersion });
    return undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (isConflict(error)) return 'it has just been renewed: an operator has started again';
    return errorText(error);
  }
}

interface RawLease {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
  };
}

function parse({ metadata, spec }: RawLease): OperatorLease {
  const { uid, resourceVersion, annotations } = metadata;
  const seconds = Math.min(spec?.leaseDurationSeconds ?? defaultSeconds, mostSeconds);
  return {
    ...{ uid, resourceVersion },
    holder: spec?.holderIdentity ?? '',
    duration: seconds * 1000,
    installation: annotations?.[installationAnnotation],
  };
}
