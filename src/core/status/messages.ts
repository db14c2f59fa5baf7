import type { Finding, FindingCode } from '../model/finding.ts';
import { environmentSentences } from './sentences/environments.ts';
import { hostSentences } from './sentences/hosts.ts';
import type { Sentences, Severity } from './sentences/sentence.ts';
import { stateSentences } from './sentences/states.ts';
import { targetSentences } from './sentences/targets.ts';
import { textSentences } from './sentences/text.ts';
import { writeSentences } from './sentences/writes.ts';

const sentences: Sentences = {
  ...textSentences,
  ...targetSentences,
  ...environmentSentences,
  ...hostSentences,
  ...writeSentences,
  ...stateSentences,
  Audit: [
    'notice',
    ({ state, reason }) => {
      const why = messageOf(reason);
      return `audit: enforced, it would be ${state}${why === '' ? '' : `: ${why}`}`;
    },
  ],
};

/** Every code there is. */
export const findingCodes = Object.keys(sentences) as readonly FindingCode[];

/** How much a finding of this code matters. */
export function severityOf(code: FindingCode): Severity {
  return sentences[code][0];
}

/** The sentence of a finding, without the place: one line, no control characters. */
export function messageOf({ code, data }: Pick<Finding, 'code' | 'data'>): string {
  const sentence = sentences[code][1] as (data: Finding['data']) => string;
  return sentence(data);
}
