import { errorText } from '../../error-text.ts';
import { isAlreadyExists, isConflict, isNotFound, KubeError } from '../../kube/errors.ts';
import type { Failure } from './state.ts';

/**
 * What a failed call says about the Lease. A 404 that no API server has signed, with a reason, may
 * come from anything in between: it is no proof that there is none.
 */
export function failureOf(error: unknown): Failure {
  const wait = error instanceof KubeError ? error.retryAfterSeconds : undefined;
  return {
    kind: kindOf(error),
    message: errorText(error),
    ...(wait !== undefined && { retryAfterSeconds: wait }),
  };
}

function kindOf(error: unknown): Failure['kind'] {
  if (isConflict(error) || isAlreadyExists(error)) return 'conflict';
  const signed = isNotFound(error) && error instanceof KubeError && error.reason === 'NotFound';
  return signed ? 'absent' : 'failed';
}
