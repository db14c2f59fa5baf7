import type { FindingCode, FindingData } from '../../model/finding.ts';

/** How much a finding matters: an error means that something written has no effect. */
export type Severity = 'error' | 'warning' | 'notice';

type Sentence<Code extends FindingCode> = readonly [
  severity: Severity,
  sentence: (data: FindingData[Code]) => string,
];

/**
 * The sentence of every finding: what is wrong, and what would be right. Read at 3 a.m. by people
 * who did not write the entry. Text that users wrote is quoted, shortened and stripped of control
 * characters.
 */
export type Sentences = { readonly [Code in FindingCode]: Sentence<Code> };
