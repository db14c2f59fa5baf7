import type { CallReport } from '../kube/calls.ts';

/** What is shorter (milliseconds) is not worth a word: back-off has hardly begun to grow. */
const shortest = 10_000;

/**
 * Reads the reports of all calls and tells when an outage is over: there was no useful answer to
 * any call for a while, and now there is one. An object that alone cannot be written makes no outage,
 * as long as anything else is answered.
 */
export function createOutageWatch(
  now: () => number,
  onOver: () => void,
): (report: Pick<CallReport, 'code'>) => void {
  let since: number | undefined;

  return ({ code }) => {
    const answered = isAnswer(code);
    if (answered === undefined) return;
    const lasted = since === undefined ? 0 : now() - since;
    if (!answered) since ??= now();
    else since = undefined;
    if (answered && lasted >= shortest) onOver();
  };
}

/** Whether the API server itself has answered; undefined when the call tells nothing about that. */
function isAnswer(code: CallReport['code']): boolean | undefined {
  // A broken answer, and a call that we gave up, may be anyone's doing.
  if (code === 'MALFORMED' || code === 'ABORT_ERR') return undefined;
  if (code === 429) return undefined;
  return typeof code === 'number' && code < 500;
}
