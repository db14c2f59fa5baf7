import { tidy } from '../text.ts';
import type { Sentences } from './sentence.ts';

const audits = {
  workload: 'its annotation appconnectivity.dev/mode',
  namespace: 'the label appconnectivity.dev/mode of its namespace',
  cluster: "the operator's setting mode",
} as const;

/** Of what is written, what is held back, and whom a write cuts. */
export const writeSentences = {
  NameConflict: [
    'warning',
    ({ policy, instead }) =>
      `NetworkPolicy ${policy} is somebody else's; ${
        instead === ''
          ? 'so are all other names, and ours is not written: remove them'
          : `ours is ${instead}; remove theirs if nobody needs it`
      }`,
  ],
  FloorHolds: [
    'error',
    ({ key, value, floor, holds }) =>
      `${tidy(key)} cannot be "${tidy(value)}": ${floor} of the operator's settings keeps ${holds} denied; remove the label, or have the namespace left out there`,
  ],
  LabelDoesNotCount: [
    'error',
    ({ key, setting }) =>
      `${tidy(key)} has no effect: the operator's settings let this label not count (${setting}: false); remove it`,
  ],
  AuditSharesPods: [
    'error',
    ({ workload, others }) =>
      `in audit, but its policy stays where others isolate its pods: ${workload} selects the pods of ${others} as well, which are enforced and would be opened; put those in audit too, or give its pods a label of their own`,
  ],
  InAudit: [
    'notice',
    ({ by, isolated, kept }) =>
      `in audit (${audits[by]}): ${
        kept === '' ? 'no policy is written' : `NetworkPolicy ${kept} allows its pods everything`
      }; enforced, ${isolated} would be restricted`,
  ],
  Adopted: [
    'notice',
    ({ policy }) => `NetworkPolicy ${policy} came back from a backup; it is ours again`,
  ],
  OperatorPaused: [
    'warning',
    () =>
      'the operator is paused: it watches and reports, and writes no policy until its setting paused is off',
  ],
  Paused: ['warning', () => 'the operator is paused: nothing is written until that setting is off'],
  NotKnownWhole: [
    'warning',
    ({ kinds }) =>
      `nothing is deleted or narrowed while not all is known: ${tidy(kinds)}; see /readyz`,
  ],
  Held: [
    'warning',
    ({ scope }) => `the breaker of ${scope} holds what would be deleted or narrowed; see its Event`,
  ],
  BreakerTripped: [
    'warning',
    ({ where, place, lost, all, policies }) =>
      `${lost} of ${all} policies in ${where} would be deleted or narrowed at once (${policies}): nothing more is until you say so. If it is meant: appconn release ${
        where === 'the cluster' ? '--cluster' : `-n ${place}`
      } (or annotate Namespace ${place} with appconnectivity.dev/allow-deletions-until: <time>). What is added goes on`,
  ],
  BreakerClosed: ['notice', ({ where, why }) => `the breaker of ${where} is closed: ${why}`],
  WouldBreakParty: [
    'warning',
    ({ whom, party, ports, accept, where }) =>
      `not written: it would cut ${whom} from ${party} (${ports}); accept ${accept} there, or annotate ${where} with appconnectivity.dev/confirm: would-break-party`,
  ],
  Unmanaged: [
    'warning',
    ({ count, pods }) =>
      `default-deny cuts ${count} ${count === 1 ? 'pod' : 'pods'} of no known workload: ${tidy(pods)}; declare ${count === 1 ? 'it' : 'them'} by an AppConnectivity with a selector`,
  ],
  PaceStopped: [
    'warning',
    ({ reason }) =>
      `default-deny by configuration stops before this namespace: ${tidy(reason)}; it goes on once that is settled`,
  ],
  DenyWithout: [
    'warning',
    ({ behind }) =>
      `default-deny goes in although these have no policy yet, and cuts them until they have: ${tidy(behind)}; the operator's log says why`,
  ],
  EndsAccess: [
    'warning',
    ({ key, names }) =>
      `this ends access for ${tidy(names)}: they name it, and its ${key} does not list them; add them there if they are to keep it`,
  ],
} satisfies Partial<Sentences>;
