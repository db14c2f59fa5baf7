import type { FindingData } from '../../model/finding.ts';
import { tidy } from '../text.ts';

/** That pods get the words of several subjects, and what that means where one of them says none. */
export function overlapSentence(data: FindingData['SelectorOverlap']): string {
  const { workload, others, keys, noneOfWorkload, noneOfOthers } = data;
  if (keys === '') {
    return `pods of ${workload} are also selected by ${others}, and get the rules of all; if that is not meant, give each a label of its own`;
  }
  const parts = [
    `pods of ${workload} that get ${tidy(keys)} at run time are also selected by ${others}, and get the rules of both`,
    although(others, noneOfWorkload, workload),
    although(workload, noneOfOthers, others),
    'if that is not meant, name the workload by spec.workload, or select by labels that its template has',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

function although(counting: string, none: string, by: string): string {
  return none === ''
    ? ''
    : `for those pods the entries of ${counting} count, although ${none} is said for ${by}`;
}
