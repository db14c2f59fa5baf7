import { tidy } from '../text.ts';
import type { Sentences } from './sentence.ts';

/** Of why an edge stands as it does. */
export const stateSentences = {
  Allowed: ['notice', () => ''],
  Open: ['notice', () => 'allowed; nothing restricts the other end'],
  ThisEndAllows: [
    'notice',
    ({ unknown }) =>
      `allowed as far as this end decides${
        unknown === '' ? '' : `; no workload of namespace ${unknown} is known`
      }`,
  ],
  NoWorkloadMatches: [
    'notice',
    () => 'no workload matches its selector yet; its own policy is written',
  ],
  NotWritten: ['notice', () => 'its policy is not live yet'],
  ConsentRequired: [
    'warning',
    ({ namespace, line, where, others }) =>
      `namespace ${namespace} has to agree: add ${line} to ${where}${
        others === '' ? '' : ` (which lists ${others} too, or their access would end with it)`
      }`,
  ],
  NotAccepted: [
    'warning',
    ({ other, key, entry }) =>
      `${other} lists others only: add ${entry} to its ${key}, beside what it lists`,
  ],
  PortMismatch: [
    'warning',
    ({ other, key, entry }) =>
      `${other} allows other ports only: add ${entry} to its ${key}, beside what it lists`,
  ],
  NobodyAccepted: [
    'warning',
    ({ source, key, others, keys }) =>
      `${source} says ${key}: none: ${
        key === 'accepts-from' ? 'nobody is admitted' : 'it reaches nobody'
      } until that is changed${
        others === ''
          ? ''
          : `, but ${key === 'accepts-from' ? 'to' : 'from'} the pods that ${others} selects by ${tidy(keys)}, which they get at run time`
      }`,
  ],
  NobodyThere: [
    'warning',
    ({ namespace }) =>
      `no workload of namespace ${namespace} has these labels yet, so nobody there has agreed; wait for it, or correct the labels`,
  ],
  ForeignPolicy: [
    'warning',
    ({ policy }) =>
      `NetworkPolicy ${policy}, which is not ours, stops it: let it allow this too, or remove it`,
  ],
  HostNetwork: [
    'warning',
    ({ workload }) =>
      `${workload} runs on the host's network, where no policy applies, so that what it says restricts nobody; take its pods off it if they are to be restricted`,
  ],
} satisfies Partial<Sentences>;
