import type { HostProblem } from '../../model/records.ts';
import { tidy } from '../text.ts';
import type { Sentences } from './sentence.ts';

/** What is in the way of an address, and what would help. */
const reasons: Readonly<Record<HostProblem, string>> = {
  NXDOMAIN: 'DNS knows no such name; correct it',
  NoAddress: 'the name has neither A nor AAAA records; name one that has',
  Timeout: 'no DNS server has answered the operator in time; it asks again',
  SERVFAIL: 'the DNS server cannot find out (SERVFAIL); it is asked again',
  REFUSED: 'the DNS server does not answer this name to the operator (REFUSED)',
  Unreachable: 'the operator reaches no DNS server; allow it to talk to the cluster’s DNS',
  BadAnswer: 'the DNS server gives an answer that makes no sense',
  TooManyNames:
    'its namespace, or the cluster, has more hosts than the operator asks for; remove some, or list addresses',
};

/** What commands over files find as well: they ask nobody, so that they print the same every time. */
const notAsked =
  'DNS was not asked: the operator asks in the cluster; over files nobody does, and appconn run --plan shows what it knows';

/** Sentences about entries that name a host outside the cluster. */
export const hostSentences = {
  HostNotResolved: [
    'warning',
    ({ text, host, why }) => {
      const reason = why === undefined ? notAsked : reasons[why];
      return `"${tidy(text)}": no address of ${tidy(host)} is known, so nothing is allowed: ${reason}`;
    },
  ],
  TooManyAddresses: [
    'notice',
    ({ text, host, most }) =>
      `"${tidy(text)}": ${tidy(host)} has more than ${most} addresses; the others are not allowed: list its blocks`,
  ],
} satisfies Partial<Sentences>;
