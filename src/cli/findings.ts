import { type Finding, findingKey } from '../core/model/finding.ts';
import { compareText } from '../core/model/labels.ts';

const aboutCluster: ReadonlySet<string> = new Set(['DNSServiceNotFound', 'DNSNotCovered']);

/** Files know no live policy, so nothing was accepted before, and nobody has to hear that. */
const aboutMemory: ReadonlySet<string> = new Set(['NothingAccepted']);

/** One of each, sorted by object and place; what concerns the whole cluster is said once. */
export function distinctFindings(findings: readonly Finding[]): Finding[] {
  const keyed = new Map<string, Finding>();
  for (const finding of findings) {
    if (aboutMemory.has(finding.code)) continue;
    const key = aboutCluster.has(finding.code) ? finding.code : findingKey(finding);
    if (!keyed.has(key)) keyed.set(key, finding);
  }
  return [...keyed].sort(([a], [b]) => compareText(a, b)).map(([, finding]) => finding);
}
