import { errorText } from '../error-text.ts';
import { isNamespaceTerminating, isRetriable, KubeError } from '../kube/errors.ts';
import { UnsafeWriteError } from './apply.ts';
import type { Log } from './log.ts';
import { type Failure, retry, terminal } from './queue/outcome.ts';

/** What to do about what a run threw: what a change of the key alone can mend is given up until then. */
export function classify(error: unknown): Failure {
  if (error instanceof UnsafeWriteError) return terminal(error);
  if (!(error instanceof KubeError)) return retry(error);
  const wait = error.retryAfterSeconds;
  if (isRetriable(error)) return retry(error, wait === undefined ? undefined : wait * 1000);
  const hopeless = error.status === 400 || error.status === 422 || isNamespaceTerminating(error);
  return hopeless ? terminal(error) : retry(error);
}

export function logFailure(log: Log, key: string, outcome: { kind: string; error: unknown }): void {
  const fields = { key, error: errorText(outcome.error) };
  // What goes with its namespace is nobody's trouble.
  if (isNamespaceTerminating(outcome.error)) log.debug(fields, 'its namespace is being deleted');
  else if (outcome.kind === 'terminal') log.error(fields, 'given up until it changes');
  else log.warn(fields, 'failed; it will be tried again');
}
