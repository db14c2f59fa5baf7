import type { Finding, FindingCode } from '../model/finding.ts';
import { messageOf } from './messages.ts';

const fates: ReadonlySet<FindingCode> = new Set(['LastAcceptedStands', 'NothingAccepted']);

/**
 * The sentence of an error with what becomes of the text that it is about: whether what was accepted
 * last stands. `all` are the findings of the same key.
 */
export function messageWithFate(error: Finding, all: readonly Finding[]): string {
  const fate = all.find(({ code, object, at }) => {
    if (!fates.has(code) || object.kind !== error.object.kind) return false;
    return (
      object.name === error.object.name && at.path.every((part, i) => part === error.at.path[i])
    );
  });
  return fate === undefined ? messageOf(error) : `${messageOf(error)}; ${messageOf(fate)}`;
}
